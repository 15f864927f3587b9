//! Browser sessions as rows: a hash of the cookie's id, and what the session holds.

use sqlx::AnyPool;

#[tracing::instrument(level = "debug", name = "sql.auth.sessions.save", skip_all)]
pub(in crate::features::auth) async fn save(
    pool: &AnyPool,
    id_hash: &str,
    data: &str,
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO sessions (id_hash, data, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (id_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at",
    )
    .bind(id_hash)
    .bind(data)
    .bind(expires_at)
    .execute(pool)
    .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.auth.sessions.load", skip_all)]
pub(in crate::features::auth) async fn load(
    pool: &AnyPool,
    id_hash: &str,
    now: i64,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT data FROM sessions WHERE id_hash = $1 AND expires_at > $2")
        .bind(id_hash)
        .bind(now)
        .fetch_optional(pool)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.auth.sessions.delete", skip_all)]
pub(in crate::features::auth) async fn delete(pool: &AnyPool, id_hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE id_hash = $1")
        .bind(id_hash)
        .execute(pool)
        .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.auth.sessions.sweep", skip_all)]
pub(in crate::features::auth) async fn sweep(pool: &AnyPool, before: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE expires_at < $1")
        .bind(before)
        .execute(pool)
        .await?;
    Ok(())
}
