//! The SQL of invitations.

use app::{
    contract::{InvitationId, Timestamp, UserId},
    features::{
        auth::types::Role,
        invitations::types::{Invitation, InvitationState},
    },
};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};

use crate::platform::{database::unreadable, mailer::EmailAddress};

/// What an invitation gives.
pub struct Accepted {
    pub id: InvitationId,
    pub role: Role,
    /// The address that it was mailed to: whoever holds the secret reads that mailbox.
    pub email: Option<String>,
}

pub(super) struct NewInvitation<'a> {
    pub id: InvitationId,
    pub token_hash: &'a str,
    pub email: Option<&'a str>,
    pub role: Role,
    pub invited_by: UserId,
    pub created_at: i64,
    pub expires_at: i64,
}

/// What of a table row makes it one that may be taken up at the moment `$2`: one by somebody who is no admin (any more)
/// gives what nobody may give.
const OPEN: &str = "accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2
    AND invited_by IN (SELECT id FROM users WHERE role = 'admin' AND status = 'active')";

/// Holds an admin's account, so that their office does not end before the transaction does; `false` when it has ended.
pub(super) async fn hold_office(connection: &mut AnyConnection, admin: UserId) -> Result<bool, sqlx::Error> {
    let held = sqlx::query("UPDATE users SET id = id WHERE id = $1 AND role = 'admin' AND status = 'active'")
        .bind(admin.to_string())
        .execute(connection)
        .await?;
    Ok(held.rows_affected() == 1)
}

pub(super) async fn insert(
    connection: &mut AnyConnection,
    new: &NewInvitation<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO invitations (id, token_hash, email, role, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id.to_string())
    .bind(new.token_hash)
    .bind(new.email)
    .bind(new.role.text())
    .bind(new.invited_by.to_string())
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// What the secret of this hash opens, if it does.
pub(super) async fn open(
    pool: &AnyPool,
    token_hash: &str,
    now: i64,
) -> Result<Option<Accepted>, sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT id, role, email FROM invitations WHERE token_hash = $1 AND {OPEN}"
    )))
    .bind(token_hash)
    .bind(now)
    .fetch_optional(pool)
    .await?
    .as_ref()
    .map(accepted)
    .transpose()
}

/// Takes it up, if nobody has: one statement, so that of two at once only one finds it open.
pub(super) async fn accept(
    connection: &mut AnyConnection,
    token_hash: &str,
    by: UserId,
    now: i64,
) -> Result<Option<Accepted>, sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE invitations SET accepted_at = $2, accepted_by = $3
         WHERE token_hash = $1 AND {OPEN} RETURNING id, role, email"
    )))
    .bind(token_hash)
    .bind(now)
    .bind(by.to_string())
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(accepted)
    .transpose()
}

fn accepted(row: &AnyRow) -> Result<Accepted, sqlx::Error> {
    Ok(Accepted {
        id: id(row)?,
        role: role(row)?,
        email: row.try_get("email")?,
    })
}

/// Whether there was an open one to withdraw.
pub(super) async fn revoke(
    connection: &mut AnyConnection,
    invitation: InvitationId,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE invitations SET revoked_at = $2
         WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2",
    )
    .bind(invitation.to_string())
    .bind(now)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Withdraws all that `by` has made and nobody has taken up, and answers which they were.
pub(super) async fn revoke_all(
    connection: &mut AnyConnection,
    by: UserId,
    now: i64,
) -> Result<Vec<InvitationId>, sqlx::Error> {
    sqlx::query(
        "UPDATE invitations SET revoked_at = $2
         WHERE invited_by = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2 RETURNING id",
    )
    .bind(by.to_string())
    .bind(now)
    .fetch_all(connection)
    .await?
    .iter()
    .map(id)
    .collect()
}

/// Puts another secret in the place of the one before it, and answers where it goes and until when it is good. `None`
/// for one that opens nothing, or is not mailed.
pub(super) async fn set_secret(
    pool: &AnyPool,
    invitation: InvitationId,
    token_hash: &str,
    now: i64,
) -> Result<Option<(EmailAddress, Timestamp)>, sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE invitations SET token_hash = $3
         WHERE id = $1 AND email IS NOT NULL AND {OPEN} RETURNING email, expires_at"
    )))
    .bind(invitation.to_string())
    .bind(now)
    .bind(token_hash)
    .fetch_optional(pool)
    .await?
    .map(|row| {
        let email: String = row.try_get("email")?;
        Ok((
            email.parse().map_err(|_| unreadable("email"))?,
            moment(&row, "expires_at")?,
        ))
    })
    .transpose()
}

/// Newest first, from below `before` (`created_at`, id).
pub(super) async fn page(
    pool: &AnyPool,
    before: (i64, &str),
    limit: i64,
    now: i64,
) -> Result<Vec<Invitation>, sqlx::Error> {
    sqlx::query(
        "SELECT i.id, i.email, i.role, i.created_at, i.expires_at, i.accepted_at, i.revoked_at,
                u.username AS invited_by
         FROM invitations i LEFT JOIN users u ON u.id = i.invited_by
         WHERE i.created_at < $1 OR (i.created_at = $1 AND i.id < $2)
         ORDER BY i.created_at DESC, i.id DESC LIMIT $3",
    )
    .bind(before.0)
    .bind(before.1)
    .bind(limit)
    .fetch_all(pool)
    .await?
    .iter()
    .map(|row| invitation(row, now))
    .collect()
}

fn invitation(row: &AnyRow, now: i64) -> Result<Invitation, sqlx::Error> {
    let is_set =
        |column: &'static str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.is_some());
    let state = if is_set("accepted_at")? {
        InvitationState::Accepted
    } else if is_set("revoked_at")? {
        InvitationState::Revoked
    } else if row.try_get::<i64, _>("expires_at")? <= now {
        InvitationState::Expired
    } else {
        InvitationState::Open
    };
    Ok(Invitation {
        id: id(row)?,
        email: row.try_get("email")?,
        role: role(row)?,
        state,
        invited_by: row.try_get("invited_by")?,
        created_at: moment(row, "created_at")?,
        expires_at: moment(row, "expires_at")?,
    })
}

fn id(row: &AnyRow) -> Result<InvitationId, sqlx::Error> {
    row.try_get::<String, _>("id")?
        .parse()
        .map_err(|_| unreadable("id"))
}

fn role(row: &AnyRow) -> Result<Role, sqlx::Error> {
    Role::from_text(&row.try_get::<String, _>("role")?).ok_or_else(|| unreadable("role"))
}

fn moment(row: &AnyRow, column: &'static str) -> Result<Timestamp, sqlx::Error> {
    Timestamp::from_unix(row.try_get(column)?).ok_or_else(|| unreadable(column))
}
