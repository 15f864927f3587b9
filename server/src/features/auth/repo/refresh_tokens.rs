//! Refresh tokens, as digests. A used one is kept: when it comes back, someone has a copy.

use app::contract::{SignInId, UserId};
use sqlx::{AnyConnection, AnyPool, Row};

use super::users::id;
use crate::platform::database::unreadable;

/// A refresh token that was shown, with the sign-in it belongs to.
pub(in crate::features::auth) struct Shown {
    pub sign_in: SignInId,
    pub user: UserId,
    pub username: String,
    /// Neither was the sign-in revoked, nor is its user disabled.
    pub alive: bool,
    pub signed_in_at: i64,
    pub expires_at: i64,
    pub used: Option<Used>,
}

/// When a token was used, and the digest of the one that its holder got for it.
pub(in crate::features::auth) struct Used {
    pub at: i64,
    pub successor_hash: Option<String>,
}

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

pub(in crate::features::auth) async fn find(
    connection: &mut AnyConnection,
    token_hash: &str,
) -> Result<Option<Shown>, sqlx::Error> {
    sqlx::query(
        "SELECT r.sign_in_id, r.expires_at, r.used_at, r.successor_hash, s.user_id, s.created_at, s.revoked_at,
                u.username, u.status
         FROM refresh_tokens r JOIN sign_ins s ON s.id = r.sign_in_id JOIN users u ON u.id = s.user_id
         WHERE r.token_hash = $1",
    )
    .bind(token_hash)
    .fetch_optional(connection)
    .await?
    .map(|row| {
        let revoked_at: Option<i64> = row.try_get("revoked_at")?;
        let used_at: Option<i64> = row.try_get("used_at")?;
        let successor_hash = row.try_get("successor_hash")?;
        Ok(Shown {
            sign_in: row
                .try_get::<String, _>("sign_in_id")?
                .parse()
                .map_err(|_| unreadable("sign_in_id"))?,
            user: id(&row, "user_id")?,
            username: row.try_get("username")?,
            alive: revoked_at.is_none() && row.try_get::<String, _>("status")? == "active",
            signed_in_at: row.try_get("created_at")?,
            expires_at: row.try_get("expires_at")?,
            used: used_at.map(|at| Used { at, successor_hash }),
        })
    })
    .transpose()
}

/// Uses a token, once: of all who try at the same time, one is answered `true`.
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
pub(in crate::features::auth) async fn sweep(pool: &AnyPool, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM refresh_tokens WHERE expires_at < $1")
        .bind(now)
        .execute(pool)
        .await?;
    Ok(())
}
