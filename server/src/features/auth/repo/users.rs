//! Accounts.

use app::{
    contract::{Timestamp, UserId, text::folded},
    features::{admin::types::UserStatus, auth::types::Role},
};
use sqlx::{AnyConnection, AnyPool};

use crate::{
    features::auth::username::Username,
    platform::{database::column::Nullable, mailer::EmailAddress},
};

/// What `password_hash` holds where there is no password: nothing hashes to it.
const NO_PASSWORD: &str = "!";

#[derive(sqlx::FromRow)]
pub(in crate::features::auth) struct User {
    #[sqlx(try_from = "String")]
    pub id: UserId,
    pub username: String,
    /// Confirmed.
    #[sqlx(try_from = "Nullable<String, EmailAddress>")]
    pub email: Option<EmailAddress>,
    pub full_name: Option<String>,
    #[sqlx(try_from = "String")]
    pub role: Role,
    #[sqlx(try_from = "String")]
    pub status: UserStatus,
    #[sqlx(try_from = "i64")]
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
#[derive(sqlx::FromRow)]
pub(in crate::features::auth) struct Secret {
    #[sqlx(try_from = "String")]
    pub id: UserId,
    pub username: String,
    password_hash: String,
    #[sqlx(try_from = "String")]
    pub status: UserStatus,
}

impl Secret {
    pub(in crate::features::auth) fn password_hash(&self) -> Option<&str> {
        (self.password_hash != NO_PASSWORD).then_some(&self.password_hash)
    }
}

#[tracing::instrument(level = "debug", name = "sql.auth.users.any", skip_all)]
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
#[tracing::instrument(level = "debug", name = "sql.auth.users.insert", skip_all, fields(id = %user.id))]
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

#[tracing::instrument(level = "debug", name = "sql.auth.users.set_role", skip_all, fields(%user, role = role.text()))]
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

#[tracing::instrument(level = "debug", name = "sql.auth.users.secret_of", skip_all)]
pub(in crate::features::auth) async fn secret_of(
    pool: &AnyPool,
    username: &Username,
) -> Result<Option<Secret>, sqlx::Error> {
    sqlx::query_as("SELECT id, username, password_hash, status FROM users WHERE lower(username) = lower($1)")
        .bind(username.as_str())
        .fetch_optional(pool)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.auth.users.find", skip_all, fields(%user))]
pub(in crate::features::auth) async fn find(
    pool: &AnyPool,
    user: UserId,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as("SELECT id, username, email, full_name, role, status, created_at FROM users WHERE id = $1")
        .bind(user.to_string())
        .fetch_optional(pool)
        .await
}

/// Name and role of an account that may be used at this moment.
#[tracing::instrument(level = "debug", name = "sql.auth.users.find_active", skip_all, fields(%user))]
pub(in crate::features::auth) async fn find_active(
    pool: &AnyPool,
    user: UserId,
) -> Result<Option<(String, Role)>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Active {
        username: String,
        #[sqlx(try_from = "String")]
        role: Role,
    }
    let found: Option<Active> =
        sqlx::query_as("SELECT username, role FROM users WHERE id = $1 AND status = 'active'")
            .bind(user.to_string())
            .fetch_optional(pool)
            .await?;
    Ok(found.map(|user| (user.username, user.role)))
}

/// The name of the account that has this address.
#[tracing::instrument(level = "debug", name = "sql.auth.users.owner_of", skip_all)]
pub(in crate::features::auth) async fn owner_of(
    pool: &AnyPool,
    email: &EmailAddress,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT username FROM users WHERE lower(email) = $1")
        .bind(email.folded())
        .fetch_optional(pool)
        .await
}

/// The active accounts of this name or of this confirmed address: one at most of each.
#[tracing::instrument(level = "debug", name = "sql.auth.users.named_or_at", skip_all)]
pub(in crate::features::auth) async fn named_or_at(
    pool: &AnyPool,
    account: &str,
) -> Result<Vec<UserId>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Found {
        #[sqlx(try_from = "String")]
        id: UserId,
    }
    let account = account.to_ascii_lowercase();
    let found: Vec<Found> = sqlx::query_as(
        "SELECT id FROM users WHERE status = 'active' AND (lower(username) = $1 OR lower(email) = $1)",
    )
    .bind(account)
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().map(|user| user.id).collect())
}

/// Holds everyone else who would change this account, or sign in to it, until the transaction ends; and answers the
/// hash of its password at this moment. `None` when it is disabled or gone.
#[tracing::instrument(level = "debug", name = "sql.auth.users.lock", skip_all, fields(%user))]
pub(in crate::features::auth) async fn lock(
    connection: &mut AnyConnection,
    user: UserId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("UPDATE users SET id = id WHERE id = $1 AND status = 'active' RETURNING password_hash")
        .bind(user.to_string())
        .fetch_optional(connection)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.auth.users.set_password", skip_all, fields(%user))]
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
#[tracing::instrument(level = "debug", name = "sql.auth.users.rehash", skip_all, fields(%user))]
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
#[tracing::instrument(level = "debug", name = "sql.auth.users.set_email", skip_all, fields(%user))]
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

#[tracing::instrument(level = "debug", name = "sql.auth.users.set_full_name", skip_all, fields(%user))]
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
