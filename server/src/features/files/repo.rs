//! The SQL of selections for archives. Only a hash of what names one is kept.

use app::contract::UserId;
use sqlx::{AnyConnection, AnyPool};

pub(super) struct NewSelection<'a> {
    pub(super) token_hash: &'a str,
    pub(super) user: UserId,
    /// JSON.
    pub(super) selection: &'a str,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
}

/// Keeps a selection, and of those that the user has already only the newest, `others` of them.
#[tracing::instrument(level = "debug", name = "sql.files.insert_selection", skip_all)]
pub(super) async fn insert(
    connection: &mut AnyConnection,
    new: &NewSelection<'_>,
    others: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM archive_selections WHERE user_id = $1 AND token_hash NOT IN (
             SELECT token_hash FROM archive_selections WHERE user_id = $1 AND expires_at > $2
             ORDER BY created_at DESC, token_hash LIMIT $3)",
    )
    .bind(new.user.to_string())
    .bind(new.created_at)
    .bind(others)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO archive_selections (token_hash, user_id, selection, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(new.token_hash)
    .bind(new.user.to_string())
    .bind(new.selection)
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// The selection, if it is this user's and good.
#[tracing::instrument(level = "debug", name = "sql.files.find_selection", skip_all, fields(%user))]
pub(super) async fn find(
    pool: &AnyPool,
    token_hash: &str,
    user: UserId,
    now: i64,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT selection FROM archive_selections WHERE token_hash = $1 AND user_id = $2 AND expires_at > $3",
    )
    .bind(token_hash)
    .bind(user.to_string())
    .bind(now)
    .fetch_optional(pool)
    .await
}

/// Uses the selection up; `false` when it is not there (any more). One statement, so that of two at once one gets it.
#[tracing::instrument(level = "debug", name = "sql.files.spend_selection", skip_all, fields(%user))]
pub(super) async fn spend(
    pool: &AnyPool,
    token_hash: &str,
    user: UserId,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let spent = sqlx::query(
        "DELETE FROM archive_selections WHERE token_hash = $1 AND user_id = $2 AND expires_at > $3",
    )
    .bind(token_hash)
    .bind(user.to_string())
    .bind(now)
    .execute(pool)
    .await?;
    Ok(spent.rows_affected() == 1)
}

#[tracing::instrument(level = "debug", name = "sql.files.sweep_selections", skip_all)]
pub(super) async fn sweep(pool: &AnyPool, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM archive_selections WHERE expires_at <= $1")
        .bind(now)
        .execute(pool)
        .await?;
    Ok(())
}
