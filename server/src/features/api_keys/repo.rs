//! The SQL of API keys, and nothing else.

use std::collections::BTreeSet;

use app::{
    contract::{ApiKeyId, TeamId, Timestamp, UserId},
    features::api_keys::types::Scope,
};
use sqlx::{AnyConnection, AnyPool};

use crate::platform::database::column::{Flag, Nullable};

/// A key as the database has it: everything but the key.
#[derive(sqlx::FromRow)]
pub(super) struct Stored {
    #[sqlx(try_from = "String")]
    pub id: ApiKeyId,
    #[sqlx(rename = "user_id", try_from = "String")]
    pub user: UserId,
    pub name: String,
    pub description: Option<String>,
    pub hint: String,
    #[sqlx(flatten, try_from = "Scopes")]
    pub scopes: BTreeSet<Scope>,
    /// The team into whose folder it reaches, instead of into its owner's home.
    #[sqlx(rename = "team_id", try_from = "Nullable<String, TeamId>")]
    pub team: Option<TeamId>,
    /// Below the home or the team's folder; `None` for all of it.
    pub path: Option<String>,
    #[sqlx(try_from = "i64")]
    pub created_at: Timestamp,
    #[sqlx(try_from = "Nullable<i64, Timestamp>")]
    pub expires_at: Option<Timestamp>,
    #[sqlx(try_from = "Nullable<i64, Timestamp>")]
    pub last_used_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Scopes {
    #[sqlx(try_from = "Flag")]
    can_read: bool,
    #[sqlx(try_from = "Flag")]
    can_write: bool,
}

impl From<Scopes> for BTreeSet<Scope> {
    fn from(Scopes { can_read, can_write }: Scopes) -> Self {
        [(can_read, Scope::Read), (can_write, Scope::Write)]
            .into_iter()
            .filter_map(|(granted, scope)| granted.then_some(scope))
            .collect()
    }
}

#[tracing::instrument(level = "debug", name = "sql.api_keys.count", skip_all, fields(%user))]
pub(super) async fn count(connection: &mut AnyConnection, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM api_keys WHERE user_id = $1")
        .bind(user.to_string())
        .fetch_one(connection)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.api_keys.insert", skip_all, fields(id = %key.id))]
pub(super) async fn insert(
    connection: &mut AnyConnection,
    key: &Stored,
    key_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO api_keys
         (id, user_id, name, description, key_hash, hint, can_read, can_write, path, created_at, expires_at, team_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(key.id.to_string())
    .bind(key.user.to_string())
    .bind(&key.name)
    .bind(key.description.as_deref())
    .bind(key_hash)
    .bind(&key.hint)
    .bind(i64::from(key.scopes.contains(&Scope::Read)))
    .bind(i64::from(key.scopes.contains(&Scope::Write)))
    .bind(key.path.as_deref())
    .bind(key.created_at.unix())
    .bind(key.expires_at.map(Timestamp::unix))
    .bind(key.team.map(|team| team.to_string()))
    .execute(connection)
    .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.api_keys.list", skip_all, fields(%user))]
pub(super) async fn list(pool: &AnyPool, user: UserId) -> Result<Vec<Stored>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM api_keys WHERE user_id = $1 ORDER BY created_at DESC, id")
        .bind(user.to_string())
        .fetch_all(pool)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.api_keys.find", skip_all)]
pub(super) async fn find(pool: &AnyPool, key_hash: &str) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM api_keys WHERE key_hash = $1")
        .bind(key_hash)
        .fetch_optional(pool)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.api_keys.find_by_id", skip_all, fields(%user, %id))]
pub(super) async fn find_by_id(
    pool: &AnyPool,
    user: UserId,
    id: ApiKeyId,
) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM api_keys WHERE id = $1 AND user_id = $2")
        .bind(id.to_string())
        .bind(user.to_string())
        .fetch_optional(pool)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.api_keys.touch", skip_all, fields(%id))]
pub(super) async fn touch(pool: &AnyPool, id: ApiKeyId, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
    )
    .bind(id.to_string())
    .bind(now)
    .execute(pool)
    .await?;
    Ok(())
}

/// Whether there was such a key of this user.
#[tracing::instrument(level = "debug", name = "sql.api_keys.delete", skip_all, fields(%user, %id))]
pub(super) async fn delete(
    connection: &mut AnyConnection,
    user: UserId,
    id: ApiKeyId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM api_keys WHERE id = $1 AND user_id = $2")
        .bind(id.to_string())
        .bind(user.to_string())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes every key of a user, and answers how many there were.
#[tracing::instrument(level = "debug", name = "sql.api_keys.delete_all", skip_all, fields(%user))]
pub(in crate::features) async fn delete_all(
    connection: &mut AnyConnection,
    user: UserId,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query("DELETE FROM api_keys WHERE user_id = $1")
        .bind(user.to_string())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}
