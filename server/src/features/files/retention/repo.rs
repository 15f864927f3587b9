//! The SQL of the moment at which the last round began.

use sqlx::AnyPool;

const NAME: &str = "versions";

/// Begins a round, unless the last one began after this moment. One replica alone gets `true`.
#[tracing::instrument(level = "debug", name = "sql.files.retention.begin", skip_all)]
pub(super) async fn begin(pool: &AnyPool, now: i64, not_after: i64) -> Result<bool, sqlx::Error> {
    let begun: Option<String> = sqlx::query_scalar(
        "INSERT INTO upkeep (name, began_at) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET began_at = excluded.began_at WHERE upkeep.began_at <= $3
         RETURNING name",
    )
    .bind(NAME)
    .bind(now)
    .bind(not_after)
    .fetch_optional(pool)
    .await?;
    Ok(begun.is_some())
}

/// Sets the moment at which the last round began.
#[tracing::instrument(level = "debug", name = "sql.files.retention.due_at", skip_all)]
pub(super) async fn due_at(pool: &AnyPool, began_at: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE upkeep SET began_at = $2 WHERE name = $1")
        .bind(NAME)
        .bind(began_at)
        .execute(pool)
        .await?;
    Ok(())
}
