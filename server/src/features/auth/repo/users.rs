//! Accounts.

use app::{
    contract::{Timestamp, UserId},
    features::auth::types::Role,
};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};

use crate::{features::auth::username::Username, platform::database::unreadable};

pub(in crate::features::auth) struct User {
    pub id: UserId,
    pub username: String,
    pub full_name: Option<String>,
    pub role: Role,
    pub created_at: Timestamp,
}

/// An account about to be made. Its role is a choice of the program, never of a request.
pub(in crate::features::auth) struct NewUser<'a> {
    pub id: UserId,
    pub username: &'a Username,
    pub password_hash: String,
    pub full_name: Option<String>,
    pub role: Role,
    pub now: i64,
}

/// What a password is checked against.
pub(in crate::features::auth) struct Secret {
    pub id: UserId,
    pub username: String,
    pub password_hash: String,
    pub active: bool,
}

/// # Errors
/// A unique violation when the name is taken (`platform::database::is_duplicate`).
pub(in crate::features::auth) async fn insert(
    connection: &mut AnyConnection,
    user: NewUser<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO users (id, username, password_hash, full_name, role, status, created_at)
         VALUES ($1, $2, $3, $4, $5, 'active', $6)",
    )
    .bind(user.id.to_string())
    .bind(user.username.as_str())
    .bind(user.password_hash)
    .bind(user.full_name)
    .bind(role_text(user.role))
    .bind(user.now)
    .execute(connection)
    .await?;
    Ok(())
}

pub(in crate::features::auth) async fn secret_of(
    pool: &AnyPool,
    username: &Username,
) -> Result<Option<Secret>, sqlx::Error> {
    sqlx::query("SELECT id, username, password_hash, status FROM users WHERE lower(username) = lower($1)")
        .bind(username.as_str())
        .fetch_optional(pool)
        .await?
        .map(|row| {
            Ok(Secret {
                id: id(&row, "id")?,
                username: row.try_get("username")?,
                password_hash: row.try_get("password_hash")?,
                active: row.try_get::<String, _>("status")? == "active",
            })
        })
        .transpose()
}

pub(in crate::features::auth) async fn find(
    pool: &AnyPool,
    user: UserId,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query("SELECT id, username, full_name, role, created_at FROM users WHERE id = $1")
        .bind(user.to_string())
        .fetch_optional(pool)
        .await?
        .map(|row| {
            Ok(User {
                id: id(&row, "id")?,
                username: row.try_get("username")?,
                full_name: row.try_get("full_name")?,
                role: role(&row)?,
                created_at: Timestamp::from_unix(row.try_get("created_at")?)
                    .ok_or_else(|| unreadable("created_at"))?,
            })
        })
        .transpose()
}

/// Name and role of an account that may be used at this moment.
pub(in crate::features::auth) async fn find_active(
    pool: &AnyPool,
    user: UserId,
) -> Result<Option<(String, Role)>, sqlx::Error> {
    sqlx::query("SELECT username, role FROM users WHERE id = $1 AND status = 'active'")
        .bind(user.to_string())
        .fetch_optional(pool)
        .await?
        .map(|row| Ok((row.try_get("username")?, role(&row)?)))
        .transpose()
}

pub(super) fn id(row: &AnyRow, column: &'static str) -> Result<UserId, sqlx::Error> {
    row.try_get::<String, _>(column)?
        .parse()
        .map_err(|_| unreadable(column))
}

pub(super) fn role(row: &AnyRow) -> Result<Role, sqlx::Error> {
    match row.try_get::<String, _>("role")?.as_str() {
        "user" => Ok(Role::User),
        "admin" => Ok(Role::Admin),
        _ => Err(unreadable("role")),
    }
}

const fn role_text(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Admin => "admin",
    }
}
