//! The one row that says whether there has been a first admin.

use sqlx::AnyConnection;

use crate::platform::database::column::Flag;

/// Makes everyone else who is about to change the set of admins wait until this transaction ends.
#[tracing::instrument(level = "debug", name = "sql.admin.setup.lock", skip_all)]
pub(in crate::features::admin) async fn lock(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE setup SET id = id WHERE id = 1")
        .execute(connection)
        .await?;
    Ok(())
}

/// How far the first start has come.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(in crate::features::admin) struct Setup {
    #[sqlx(try_from = "Flag")]
    pub completed: bool,
    #[sqlx(try_from = "Flag")]
    pub has_admin: bool,
    #[sqlx(try_from = "Flag")]
    pub has_users: bool,
    pub token_hash: Option<String>,
    pub token_expires_at: Option<i64>,
}

#[tracing::instrument(level = "debug", name = "sql.admin.setup.read", skip_all)]
pub(in crate::features::admin) async fn read(connection: &mut AnyConnection) -> Result<Setup, sqlx::Error> {
    sqlx::query_as(
        "SELECT token_hash, token_expires_at,
                CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END AS completed,
                CASE WHEN EXISTS (SELECT 1 FROM users) THEN 1 ELSE 0 END AS has_users,
                CASE WHEN EXISTS (SELECT 1 FROM users WHERE role = 'admin') THEN 1 ELSE 0 END AS has_admin
         FROM setup WHERE id = 1",
    )
    .fetch_one(connection)
    .await
}

#[tracing::instrument(level = "debug", name = "sql.admin.setup.keep_token", skip_all)]
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
#[tracing::instrument(level = "debug", name = "sql.admin.setup.complete", skip_all)]
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
