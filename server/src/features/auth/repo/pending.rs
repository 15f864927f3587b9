//! What waits for an address to be confirmed: registrations, and other addresses for accounts.

use app::contract::UserId;
use sqlx::{AnyConnection, AnyPool};

use crate::{features::auth::username::Username, platform::mailer::EmailAddress};

/// A registration. Its id becomes the account's.
#[derive(sqlx::FromRow)]
pub(in crate::features::auth) struct Pending {
    #[sqlx(try_from = "String")]
    pub id: UserId,
    pub username: String,
    #[sqlx(try_from = "String")]
    pub email: EmailAddress,
    pub password_hash: String,
    pub full_name: Option<String>,
}

const COLUMNS: &str = "id, username, email, password_hash, full_name";

/// Keeps a registration; `false` when an account has the name already.
#[tracing::instrument(level = "debug", name = "sql.auth.pending.insert", skip_all, fields(id = %new.id))]
pub(in crate::features::auth) async fn insert(
    connection: &mut AnyConnection,
    new: &Pending,
    now: i64,
    expires_at: i64,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO pending_registrations
         (id, username, email, password_hash, full_name, created_at, expires_at)
         SELECT $1, $2, $3, $4, $5, CAST($6 AS BIGINT), CAST($7 AS BIGINT)
         WHERE NOT EXISTS (SELECT 1 FROM users WHERE lower(username) = lower($2))",
    )
    .bind(new.id.to_string())
    .bind(&new.username)
    .bind(new.email.as_str())
    .bind(&new.password_hash)
    .bind(new.full_name.as_deref())
    .bind(now)
    .bind(expires_at)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

#[tracing::instrument(level = "debug", name = "sql.auth.pending.find", skip_all, fields(%registration))]
pub(in crate::features::auth) async fn find(
    pool: &AnyPool,
    registration: UserId,
    now: i64,
) -> Result<Option<Pending>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM pending_registrations WHERE id = $1 AND expires_at > $2"
    )))
    .bind(registration.to_string())
    .bind(now)
    .fetch_optional(pool)
    .await
}

/// The live registrations under a name, with an address if one is given, the newest first.
#[tracing::instrument(level = "debug", name = "sql.auth.pending.of_name", skip_all, fields(limit))]
pub(in crate::features::auth) async fn of_name(
    pool: &AnyPool,
    username: &Username,
    email: Option<&EmailAddress>,
    now: i64,
    limit: i64,
) -> Result<Vec<Pending>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM pending_registrations
         WHERE lower(username) = lower($1) AND expires_at > $2 AND (lower(email) = $3 OR $3 IS NULL)
         ORDER BY created_at DESC, id LIMIT $4"
    )))
    .bind(username.as_str())
    .bind(now)
    .bind(email.map(EmailAddress::folded))
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Takes a registration out, to become an account.
#[tracing::instrument(level = "debug", name = "sql.auth.pending.take", skip_all, fields(%registration))]
pub(in crate::features::auth) async fn take(
    connection: &mut AnyConnection,
    registration: UserId,
    now: i64,
) -> Result<Option<Pending>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "DELETE FROM pending_registrations WHERE id = $1 AND expires_at > $2 RETURNING {COLUMNS}"
    )))
    .bind(registration.to_string())
    .bind(now)
    .fetch_optional(connection)
    .await
}

/// Removes the other registrations of the same name and address, and answers how many of them were alive.
#[tracing::instrument(level = "debug", name = "sql.auth.pending.remove_rivals", skip_all, fields(id = %of.id))]
pub(in crate::features::auth) async fn remove_rivals(
    connection: &mut AnyConnection,
    of: &Pending,
    now: i64,
) -> Result<usize, sqlx::Error> {
    let rivals: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM pending_registrations WHERE lower(username) = lower($1) AND lower(email) = lower($2)
         RETURNING expires_at",
    )
    .bind(&of.username)
    .bind(of.email.as_str())
    .fetch_all(connection)
    .await?;
    Ok(rivals.into_iter().filter(|expires_at| *expires_at > now).count())
}

/// The address that a user wants; the one asked for before is forgotten.
#[tracing::instrument(level = "debug", name = "sql.auth.pending.want_address", skip_all, fields(%user))]
pub(in crate::features::auth) async fn want_address(
    connection: &mut AnyConnection,
    user: UserId,
    email: &EmailAddress,
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO address_changes (user_id, email, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, expires_at = excluded.expires_at",
    )
    .bind(user.to_string())
    .bind(email.as_str())
    .bind(expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Wanted {
    #[sqlx(try_from = "String")]
    email: EmailAddress,
}

#[tracing::instrument(level = "debug", name = "sql.auth.pending.wanted_address", skip_all, fields(%user))]
pub(in crate::features::auth) async fn wanted_address(
    pool: &AnyPool,
    user: UserId,
    now: i64,
) -> Result<Option<EmailAddress>, sqlx::Error> {
    let wanted: Option<Wanted> =
        sqlx::query_as("SELECT email FROM address_changes WHERE user_id = $1 AND expires_at > $2")
            .bind(user.to_string())
            .bind(now)
            .fetch_optional(pool)
            .await?;
    Ok(wanted.map(|wanted| wanted.email))
}

/// Takes the wanted address out, to become the user's.
#[tracing::instrument(level = "debug", name = "sql.auth.pending.take_address", skip_all, fields(%user))]
pub(in crate::features::auth) async fn take_address(
    connection: &mut AnyConnection,
    user: UserId,
) -> Result<Option<EmailAddress>, sqlx::Error> {
    let wanted: Option<Wanted> =
        sqlx::query_as("DELETE FROM address_changes WHERE user_id = $1 RETURNING email")
            .bind(user.to_string())
            .fetch_optional(connection)
            .await?;
    Ok(wanted.map(|wanted| wanted.email))
}

/// Forgets what nobody confirmed in time.
#[tracing::instrument(level = "debug", name = "sql.auth.pending.sweep", skip_all)]
pub(in crate::features::auth) async fn sweep(pool: &AnyPool, now: i64) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM pending_registrations WHERE expires_at <= $1",
        "DELETE FROM address_changes WHERE expires_at <= $1",
    ] {
        sqlx::query(sql).bind(now).execute(pool).await?;
    }
    Ok(())
}
