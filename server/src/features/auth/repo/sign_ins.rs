//! Sign-ins: the rows that every token and session is checked against, at each request and on every replica.

use app::{
    contract::{SignInId, Timestamp, UserId},
    features::auth::{types::Role, types_sessions::SessionKind},
};
use sqlx::{AnyConnection, AnyPool};

use super::refresh_tokens;

pub(in crate::features::auth) struct NewSignIn<'a> {
    pub id: SignInId,
    pub user: UserId,
    pub kind: SessionKind,
    pub user_agent: &'a str,
    pub address: Option<String>,
    pub now: i64,
    pub expires_at: i64,
    /// The digest of the refresh token that comes with it.
    pub refresh_hash: Option<String>,
}

/// A sign-in that is alive, with what its user may do at this moment.
#[derive(sqlx::FromRow)]
pub(in crate::features::auth) struct Live {
    #[sqlx(rename = "id", try_from = "String")]
    pub user: UserId,
    pub username: String,
    #[sqlx(try_from = "String")]
    pub role: Role,
    pub last_seen_at: i64,
}

#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.insert", skip_all, fields(id = %new.id, user = %new.user))]
pub(in crate::features::auth) async fn insert(
    connection: &mut AnyConnection,
    new: NewSignIn<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO sign_ins (id, user_id, kind, user_agent, address, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
    )
    .bind(new.id.to_string())
    .bind(new.user.to_string())
    .bind(new.kind.text())
    .bind(new.user_agent)
    .bind(new.address)
    .bind(new.now)
    .bind(new.expires_at)
    .execute(&mut *connection)
    .await?;
    if let Some(hash) = new.refresh_hash {
        refresh_tokens::insert(connection, &hash, new.id, new.now, new.expires_at).await?;
    }
    Ok(())
}

/// `None` when it was revoked, has expired, or its user is disabled or gone.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.find_live", skip_all, fields(%sign_in, kind = kind.text()))]
pub(in crate::features::auth) async fn find_live(
    pool: &AnyPool,
    sign_in: SignInId,
    kind: SessionKind,
    now: i64,
) -> Result<Option<Live>, sqlx::Error> {
    sqlx::query_as(
        "SELECT u.id, u.username, u.role, s.last_seen_at
         FROM sign_ins s JOIN users u ON u.id = s.user_id
         WHERE s.id = $1 AND s.kind = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 AND u.status = 'active'",
    )
    .bind(sign_in.to_string())
    .bind(kind.text())
    .bind(now)
    .fetch_optional(pool)
    .await
}

/// Whether a sign-in of this very user has not ended.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.is_alive", skip_all, fields(%user, %sign_in))]
pub(in crate::features::auth) async fn is_alive(
    connection: &mut AnyConnection,
    user: UserId,
    sign_in: SignInId,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query(
        "SELECT id FROM sign_ins WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3",
    )
    .bind(sign_in.to_string())
    .bind(user.to_string())
    .bind(now)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.touch", skip_all, fields(%sign_in))]
pub(in crate::features::auth) async fn touch(
    pool: &AnyPool,
    sign_in: SignInId,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE sign_ins SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2")
        .bind(sign_in.to_string())
        .bind(now)
        .execute(pool)
        .await?;
    Ok(())
}

/// Ends a sign-in; one that has ended already stays as it is, and the answer is `false`.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.revoke", skip_all, fields(%sign_in))]
pub(in crate::features::auth) async fn revoke(
    connection: &mut AnyConnection,
    sign_in: SignInId,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE sign_ins SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(sign_in.to_string())
        .bind(now)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Moves the end of a sign-in that renews its tokens; `false` when it has been revoked meanwhile.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.renew", skip_all, fields(%sign_in))]
pub(in crate::features::auth) async fn renew(
    connection: &mut AnyConnection,
    sign_in: SignInId,
    address: Option<String>,
    now: i64,
    expires_at: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE sign_ins SET last_seen_at = $2, expires_at = $3, address = COALESCE($4, address)
         WHERE id = $1 AND revoked_at IS NULL",
    )
    .bind(sign_in.to_string())
    .bind(now)
    .bind(expires_at)
    .bind(address)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends a sign-in of this very user; `false` when there is none that is alive.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.revoke_own", skip_all, fields(%user, %sign_in))]
pub(in crate::features::auth) async fn revoke_own(
    connection: &mut AnyConnection,
    user: UserId,
    sign_in: SignInId,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE sign_ins SET revoked_at = $3
         WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3",
    )
    .bind(sign_in.to_string())
    .bind(user.to_string())
    .bind(now)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A sign-in as its owner sees it.
#[derive(sqlx::FromRow)]
pub(in crate::features::auth) struct Listed {
    #[sqlx(try_from = "String")]
    pub id: SignInId,
    #[sqlx(try_from = "String")]
    pub kind: SessionKind,
    pub user_agent: String,
    pub address: Option<String>,
    #[sqlx(try_from = "i64")]
    pub created_at: Timestamp,
    #[sqlx(try_from = "i64")]
    pub last_seen_at: Timestamp,
    #[sqlx(try_from = "i64")]
    pub expires_at: Timestamp,
}

/// A user's sign-ins that are alive, newest first; browsers that were last seen before `seen_since` are not.
/// `after` is the last one of the page before.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.list", skip_all, fields(%user, limit))]
pub(in crate::features::auth) async fn list(
    pool: &AnyPool,
    user: UserId,
    now: i64,
    seen_since: i64,
    after: Option<(i64, SignInId)>,
    limit: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    let (created_at, id) = after.map_or((i64::MAX, String::new()), |(at, id)| (at, id.to_string()));
    sqlx::query_as(
        "SELECT id, kind, user_agent, address, created_at, last_seen_at, expires_at FROM sign_ins
         WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND (kind = 'token' OR last_seen_at >= $3)
           AND (created_at < $4 OR (created_at = $4 AND id > $5))
         ORDER BY created_at DESC, id LIMIT $6",
    )
    .bind(user.to_string())
    .bind(now)
    .bind(seen_since)
    .bind(created_at)
    .bind(id)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Ends every sign-in of a user but `except`.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.revoke_others", skip_all, fields(%user))]
pub(in crate::features::auth) async fn revoke_others(
    connection: &mut AnyConnection,
    user: UserId,
    except: Option<SignInId>,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE sign_ins SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL AND id <> $3")
        .bind(user.to_string())
        .bind(now)
        .bind(except.map(|id| id.to_string()).unwrap_or_default())
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets sign-ins that ended before `before`, and with them their refresh tokens.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.sweep", skip_all)]
pub(in crate::features::auth) async fn sweep(pool: &AnyPool, before: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sign_ins WHERE expires_at < $1 OR revoked_at < $1")
        .bind(before)
        .execute(pool)
        .await?;
    Ok(())
}

/// From where `username`, in any case, was signed in to since then; the latest first, the first fifty.
#[tracing::instrument(level = "debug", name = "sql.auth.sign_ins.addresses_of", skip_all)]
pub(in crate::features::auth) async fn addresses_of(
    pool: &AnyPool,
    username: &str,
    since: i64,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT s.address FROM sign_ins s JOIN users u ON u.id = s.user_id
         WHERE lower(u.username) = lower($1) AND s.created_at > $2 AND s.address IS NOT NULL
         GROUP BY s.address ORDER BY MAX(s.created_at) DESC LIMIT 50",
    )
    .bind(username)
    .bind(since)
    .fetch_all(pool)
    .await
}
