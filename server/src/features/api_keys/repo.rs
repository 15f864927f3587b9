//! The SQL of API keys, and nothing else.

use std::collections::BTreeSet;

use app::{
    contract::{ApiKeyId, UserId},
    features::api_keys::types::Scope,
};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};

use crate::platform::database::unreadable;

/// A key as the database has it: everything but the key.
pub(super) struct Stored {
    pub id: ApiKeyId,
    pub user: UserId,
    pub name: String,
    pub description: Option<String>,
    pub hint: String,
    pub scopes: BTreeSet<Scope>,
    /// Below the owner's root; `None` for all of it.
    pub path: Option<String>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
}

pub(super) async fn count(connection: &mut AnyConnection, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM api_keys WHERE user_id = $1")
        .bind(user.to_string())
        .fetch_one(connection)
        .await
}

pub(super) async fn insert(
    connection: &mut AnyConnection,
    key: &Stored,
    key_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO api_keys
         (id, user_id, name, description, key_hash, hint, can_read, can_write, path, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
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
    .bind(key.created_at)
    .bind(key.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn list(pool: &AnyPool, user: UserId) -> Result<Vec<Stored>, sqlx::Error> {
    sqlx::query("SELECT * FROM api_keys WHERE user_id = $1 ORDER BY created_at DESC, id")
        .bind(user.to_string())
        .fetch_all(pool)
        .await?
        .iter()
        .map(stored)
        .collect()
}

pub(super) async fn find(pool: &AnyPool, key_hash: &str) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query("SELECT * FROM api_keys WHERE key_hash = $1")
        .bind(key_hash)
        .fetch_optional(pool)
        .await?
        .as_ref()
        .map(stored)
        .transpose()
}

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

fn stored(row: &AnyRow) -> Result<Stored, sqlx::Error> {
    let id = |column: &'static str| row.try_get::<String, _>(column);
    let mut scopes = BTreeSet::new();
    for (column, scope) in [("can_read", Scope::Read), ("can_write", Scope::Write)] {
        if row.try_get::<i64, _>(column)? != 0 {
            scopes.insert(scope);
        }
    }
    Ok(Stored {
        id: id("id")?.parse().map_err(|_| unreadable("id"))?,
        user: id("user_id")?.parse().map_err(|_| unreadable("user_id"))?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        hint: row.try_get("hint")?,
        scopes,
        path: row.try_get("path")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        last_used_at: row.try_get("last_used_at")?,
    })
}
