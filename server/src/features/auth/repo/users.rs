//! Accounts.

use app::{
    contract::{Timestamp, UserId, text::folded},
    features::auth::types::Role,
};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};

use crate::{
    features::auth::username::Username,
    platform::{database::unreadable, mailer::EmailAddress},
};

/// What `password_hash` holds where there is no password: nothing hashes to it.
const NO_PASSWORD: &str = "!";

pub(in crate::features::auth) struct User {
    pub id: UserId,
    pub username: String,
    /// Confirmed.
    pub email: Option<EmailAddress>,
    pub full_name: Option<String>,
    pub role: Role,
    pub active: bool,
    pub created_at: Timestamp,
}

/// An account about to be made. What is not here, a request cannot choose.
pub(in crate::features::auth) struct NewUser<'a> {
    pub id: UserId,
    pub username: &'a Username,
    /// `None`: nobody signs in with a password until one has been chosen by a reset code.
    pub password_hash: Option<String>,
    /// Confirmed.
    pub email: Option<EmailAddress>,
    pub full_name: Option<String>,
    pub now: i64,
}

/// What a password is checked against.
pub(in crate::features::auth) struct Secret {
    pub id: UserId,
    pub username: String,
    pub password_hash: Option<String>,
    pub active: bool,
}

pub(in crate::features::auth) async fn any(pool: &AnyPool) -> Result<bool, sqlx::Error> {
    let one = sqlx::query("SELECT 1 FROM users LIMIT 1")
        .fetch_optional(pool)
        .await?;
    Ok(one.is_some())
}

/// Always an active `user` without a quota: whoever gives more does so in a step of its own.
///
/// # Errors
/// A unique violation when the name or the address is taken (`AuthError::taken`).
pub(in crate::features::auth) async fn insert(
    connection: &mut AnyConnection,
    user: NewUser<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO users (id, username, password_hash, full_name, full_name_folded, role, status, created_at, email)
         VALUES ($1, $2, $3, $4, $7, 'user', 'active', $5, $6)",
    )
    .bind(user.id.to_string())
    .bind(user.username.as_str())
    .bind(user.password_hash.as_deref().unwrap_or(NO_PASSWORD))
    .bind(user.full_name.as_deref())
    .bind(user.now)
    .bind(user.email.as_ref().map(EmailAddress::as_str))
    .bind(user.full_name.as_deref().map(folded))
    .execute(connection)
    .await?;
    Ok(())
}

pub(in crate::features::auth) async fn set_role(
    connection: &mut AnyConnection,
    user: UserId,
    role: Role,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET role = $2 WHERE id = $1")
        .bind(user.to_string())
        .bind(role.text())
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
                password_hash: Some(row.try_get("password_hash")?).filter(|hash| hash != NO_PASSWORD),
                active: row.try_get::<String, _>("status")? == "active",
            })
        })
        .transpose()
}

pub(in crate::features::auth) async fn find(
    pool: &AnyPool,
    user: UserId,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query("SELECT id, username, email, full_name, role, status, created_at FROM users WHERE id = $1")
        .bind(user.to_string())
        .fetch_optional(pool)
        .await?
        .map(|row| {
            Ok(User {
                id: id(&row, "id")?,
                username: row.try_get("username")?,
                email: row
                    .try_get::<Option<String>, _>("email")?
                    .map(|email| email.parse().map_err(|_| unreadable("email")))
                    .transpose()?,
                full_name: row.try_get("full_name")?,
                role: role(&row)?,
                active: row.try_get::<String, _>("status")? == "active",
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

/// The name of the account that has this address.
pub(in crate::features::auth) async fn owner_of(
    pool: &AnyPool,
    email: &EmailAddress,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query("SELECT username FROM users WHERE lower(email) = $1")
        .bind(email.folded())
        .fetch_optional(pool)
        .await?
        .map(|row| row.try_get("username"))
        .transpose()
}

/// The active accounts of this name or of this confirmed address: one at most of each.
pub(in crate::features::auth) async fn named_or_at(
    pool: &AnyPool,
    account: &str,
) -> Result<Vec<UserId>, sqlx::Error> {
    let account = account.to_ascii_lowercase();
    sqlx::query(
        "SELECT id FROM users WHERE status = 'active' AND (lower(username) = $1 OR lower(email) = $1)",
    )
    .bind(account)
    .fetch_all(pool)
    .await?
    .iter()
    .map(|row| id(row, "id"))
    .collect()
}

/// Holds everyone else who would change this account, or sign in to it, until the transaction ends; and answers the
/// hash of its password at this moment. `None` when it is disabled or gone.
pub(in crate::features::auth) async fn lock(
    connection: &mut AnyConnection,
    user: UserId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query("UPDATE users SET id = id WHERE id = $1 AND status = 'active' RETURNING password_hash")
        .bind(user.to_string())
        .fetch_optional(connection)
        .await?
        .map(|row| row.try_get("password_hash"))
        .transpose()
}

pub(in crate::features::auth) async fn set_password(
    connection: &mut AnyConnection,
    user: UserId,
    hash: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET password_hash = $2, password_changed_at = $3 WHERE id = $1")
        .bind(user.to_string())
        .bind(hash)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps the same password under another hash; `false` when it was changed meanwhile.
pub(in crate::features::auth) async fn rehash(
    pool: &AnyPool,
    user: UserId,
    old: &str,
    new: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2")
        .bind(user.to_string())
        .bind(old)
        .bind(new)
        .execute(pool)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// # Errors
/// A unique violation when the address is another's (`AuthError::taken`).
pub(in crate::features::auth) async fn set_email(
    connection: &mut AnyConnection,
    user: UserId,
    email: &EmailAddress,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET email = $2 WHERE id = $1")
        .bind(user.to_string())
        .bind(email.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

pub(in crate::features::auth) async fn set_full_name(
    connection: &mut AnyConnection,
    user: UserId,
    full_name: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET full_name = $2, full_name_folded = $3 WHERE id = $1")
        .bind(user.to_string())
        .bind(full_name)
        .bind(full_name.map(folded))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) fn id(row: &AnyRow, column: &'static str) -> Result<UserId, sqlx::Error> {
    row.try_get::<String, _>(column)?
        .parse()
        .map_err(|_| unreadable(column))
}

pub(super) fn role(row: &AnyRow) -> Result<Role, sqlx::Error> {
    Role::from_text(&row.try_get::<String, _>("role")?).ok_or_else(|| unreadable("role"))
}
