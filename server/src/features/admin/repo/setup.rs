//! The one row that says whether there has been a first admin.

use sqlx::{AnyConnection, Row};

/// Makes everyone else who is about to change the set of admins wait until this transaction ends.
pub(in crate::features::admin) async fn lock(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE setup SET id = id WHERE id = 1")
        .execute(connection)
        .await?;
    Ok(())
}

/// How far the first start has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::features::admin) struct Setup {
    pub completed: bool,
    pub has_admin: bool,
    pub has_users: bool,
    pub token_hash: Option<String>,
    pub token_expires_at: Option<i64>,
}

pub(in crate::features::admin) async fn read(connection: &mut AnyConnection) -> Result<Setup, sqlx::Error> {
    let row = sqlx::query(
        "SELECT token_hash, token_expires_at, completed_at,
                (SELECT COUNT(*) FROM users) AS users,
                (SELECT COUNT(*) FROM users WHERE role = 'admin') AS admins
         FROM setup WHERE id = 1",
    )
    .fetch_one(connection)
    .await?;
    Ok(Setup {
        completed: row.try_get::<Option<i64>, _>("completed_at")?.is_some(),
        has_admin: row.try_get::<i64, _>("admins")? > 0,
        has_users: row.try_get::<i64, _>("users")? > 0,
        token_hash: row.try_get("token_hash")?,
        token_expires_at: row.try_get("token_expires_at")?,
    })
}

pub(in crate::features::admin) async fn keep_token(
    connection: &mut AnyConnection,
    token_hash: &str,
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE setup SET token_hash = $1, token_expires_at = $2 WHERE id = 1")
        .bind(token_hash)
        .bind(expires_at)
        .execute(connection)
        .await?;
    Ok(())
}

/// From here on nobody becomes the first admin any more, and the token is gone.
pub(in crate::features::admin) async fn complete(
    connection: &mut AnyConnection,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE setup SET completed_at = $1, token_hash = NULL, token_expires_at = NULL
         WHERE id = 1 AND completed_at IS NULL",
    )
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}
