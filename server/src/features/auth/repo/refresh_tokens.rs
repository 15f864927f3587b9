//! Refresh tokens, as digests. A used one is kept: when it comes back, someone has a copy.

use app::{
    contract::{SignInId, UserId},
    features::admin::types::UserStatus,
};
use sqlx::{AnyConnection, AnyPool};

/// A refresh token that was shown, with the sign-in it belongs to.
#[derive(sqlx::FromRow)]
pub(in crate::features::auth) struct Shown {
    #[sqlx(rename = "sign_in_id", try_from = "String")]
    pub sign_in: SignInId,
    #[sqlx(rename = "user_id", try_from = "String")]
    pub user: UserId,
    pub username: String,
    #[sqlx(try_from = "String")]
    status: UserStatus,
    revoked_at: Option<i64>,
    #[sqlx(rename = "created_at")]
    pub signed_in_at: i64,
    pub expires_at: i64,
    used_at: Option<i64>,
    successor_hash: Option<String>,
}

impl Shown {
    /// Neither was the sign-in revoked, nor is its user disabled.
    pub(in crate::features::auth) fn is_alive(&self) -> bool {
        self.revoked_at.is_none() && self.status == UserStatus::Active
    }

    pub(in crate::features::auth) fn used(&self) -> Option<Used> {
        self.used_at.map(|at| Used {
            at,
            successor_hash: self.successor_hash.clone(),
        })
    }
}

/// When a token was used, and the digest of the one that its holder got for it.
pub(in crate::features::auth) struct Used {
    pub at: i64,
    pub successor_hash: Option<String>,
}

#[tracing::instrument(level = "debug", name = "sql.auth.refresh_tokens.insert", skip_all, fields(%sign_in))]
pub(in crate::features::auth) async fn insert(
    connection: &mut AnyConnection,
    token_hash: &str,
    sign_in: SignInId,
    now: i64,
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO refresh_tokens (token_hash, sign_in_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(token_hash)
    .bind(sign_in.to_string())
    .bind(now)
    .bind(expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.auth.refresh_tokens.find", skip_all)]
pub(in crate::features::auth) async fn find(
    connection: &mut AnyConnection,
    token_hash: &str,
) -> Result<Option<Shown>, sqlx::Error> {
    sqlx::query_as(
        "SELECT r.sign_in_id, r.expires_at, r.used_at, r.successor_hash, s.user_id, s.created_at, s.revoked_at,
                u.username, u.status
         FROM refresh_tokens r JOIN sign_ins s ON s.id = r.sign_in_id JOIN users u ON u.id = s.user_id
         WHERE r.token_hash = $1",
    )
    .bind(token_hash)
    .fetch_optional(connection)
    .await
}

/// Uses a token, once: of all who try at the same time, one is answered `true`.
#[tracing::instrument(level = "debug", name = "sql.auth.refresh_tokens.exchange", skip_all)]
pub(in crate::features::auth) async fn exchange(
    connection: &mut AnyConnection,
    token_hash: &str,
    successor_hash: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE refresh_tokens SET used_at = $2, successor_hash = $3 WHERE token_hash = $1 AND used_at IS NULL",
    )
    .bind(token_hash)
    .bind(now)
    .bind(successor_hash)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether a token is there and nobody has used it.
#[tracing::instrument(level = "debug", name = "sql.auth.refresh_tokens.is_unused", skip_all)]
pub(in crate::features::auth) async fn is_unused(
    connection: &mut AnyConnection,
    token_hash: &str,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT 1 FROM refresh_tokens WHERE token_hash = $1 AND used_at IS NULL")
        .bind(token_hash)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Forgets tokens that have expired, used or not: a sign-in that is renewed for months would collect them.
#[tracing::instrument(level = "debug", name = "sql.auth.refresh_tokens.sweep", skip_all)]
pub(in crate::features::auth) async fn sweep(pool: &AnyPool, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM refresh_tokens WHERE expires_at < $1")
        .bind(now)
        .execute(pool)
        .await?;
    Ok(())
}
