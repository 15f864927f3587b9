//! Mailed codes, and how many mails an address has had.

use app::contract::UserId;
use sqlx::{AnyConnection, AnyPool};

use crate::features::auth::codes::{CodePurpose, TRIES};

/// Puts a code in the place of the one before it.
#[tracing::instrument(level = "debug", name = "sql.auth.codes.set", skip_all, fields(purpose = purpose.text(), %subject))]
pub(in crate::features::auth) async fn set(
    connection: &mut AnyConnection,
    purpose: CodePurpose,
    subject: UserId,
    mac: &str,
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO codes (purpose, subject_id, mac, tries, expires_at) VALUES ($1, $2, $3, 0, $4)
         ON CONFLICT (purpose, subject_id)
         DO UPDATE SET mac = excluded.mac, tries = 0, expires_at = excluded.expires_at",
    )
    .bind(purpose.text())
    .bind(subject.to_string())
    .bind(mac)
    .bind(expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts a try and answers what it is to be held against; `None` when there is no code, or none that may still be
/// tried. One statement, so that guesses at the same moment are all counted.
#[tracing::instrument(level = "debug", name = "sql.auth.codes.count_try", skip_all, fields(purpose = purpose.text(), %subject))]
pub(in crate::features::auth) async fn count_try(
    connection: &mut AnyConnection,
    purpose: CodePurpose,
    subject: UserId,
    now: i64,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "UPDATE codes SET tries = tries + 1
         WHERE purpose = $1 AND subject_id = $2 AND expires_at > $3 AND tries < $4 RETURNING mac",
    )
    .bind(purpose.text())
    .bind(subject.to_string())
    .bind(now)
    .bind(TRIES)
    .fetch_optional(connection)
    .await
}

/// Uses a code up; `false` when someone else has, or another one has taken its place.
#[tracing::instrument(level = "debug", name = "sql.auth.codes.consume", skip_all, fields(purpose = purpose.text(), %subject))]
pub(in crate::features::auth) async fn consume(
    connection: &mut AnyConnection,
    purpose: CodePurpose,
    subject: UserId,
    mac: &str,
) -> Result<bool, sqlx::Error> {
    let consumed = sqlx::query("DELETE FROM codes WHERE purpose = $1 AND subject_id = $2 AND mac = $3")
        .bind(purpose.text())
        .bind(subject.to_string())
        .bind(mac)
        .execute(connection)
        .await?;
    Ok(consumed.rows_affected() == 1)
}

/// Every code of a user is worth nothing from here on.
#[tracing::instrument(level = "debug", name = "sql.auth.codes.revoke", skip_all, fields(%user))]
pub(in crate::features::auth) async fn revoke(
    connection: &mut AnyConnection,
    user: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM codes WHERE subject_id = $1")
        .bind(user.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Counts a mail of a kind to an address; `false` when it has had `limit` of them within a day. One statement, so
/// that two at once are both counted.
#[tracing::instrument(level = "debug", name = "sql.auth.codes.allow", skip_all, fields(limit))]
pub(in crate::features::auth) async fn allow(
    connection: &mut AnyConnection,
    kind: &str,
    address: &str,
    limit: i64,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let counted = sqlx::query(
        "INSERT INTO mail_allowances (kind, address, used, day_began_at) VALUES ($1, $2, 1, $3)
         ON CONFLICT (kind, address) DO UPDATE SET
             used = CASE WHEN mail_allowances.day_began_at <= $4 THEN 1 ELSE mail_allowances.used + 1 END,
             day_began_at = CASE WHEN mail_allowances.day_began_at <= $4 THEN $3
                                 ELSE mail_allowances.day_began_at END
         WHERE mail_allowances.used < $5 OR mail_allowances.day_began_at <= $4",
    )
    .bind(kind)
    .bind(address)
    .bind(now)
    .bind(now - 86_400)
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(counted.rows_affected() == 1)
}

/// Forgets what can no longer be used or counted.
#[tracing::instrument(level = "debug", name = "sql.auth.codes.sweep", skip_all)]
pub(in crate::features::auth) async fn sweep(pool: &AnyPool, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM codes WHERE expires_at <= $1")
        .bind(now)
        .execute(pool)
        .await?;
    sqlx::query("DELETE FROM mail_allowances WHERE day_began_at <= $1")
        .bind(now - 86_400)
        .execute(pool)
        .await?;
    Ok(())
}
