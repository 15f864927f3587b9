//! The SQL of invitations.

use app::{
    contract::{InvitationId, TeamId, Timestamp, UserId},
    features::{
        auth::types::Role,
        invitations::types::{Invitation, InvitationState},
        teams::types::TeamRole,
    },
};
use sqlx::{AnyConnection, AnyPool};

use crate::platform::{database::column::Nullable, mailer::EmailAddress};

/// What an invitation gives.
#[derive(sqlx::FromRow)]
pub struct Accepted {
    #[sqlx(try_from = "String")]
    pub id: InvitationId,
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// The address that it was mailed to: whoever holds the secret reads that mailbox.
    pub email: Option<String>,
    #[sqlx(try_from = "Nullable<String, TeamId>")]
    team_id: Option<TeamId>,
    #[sqlx(try_from = "Nullable<String, TeamRole>")]
    team_role: Option<TeamRole>,
}

impl Accepted {
    pub(super) fn joins(&self) -> Option<(TeamId, TeamRole)> {
        self.team_id.zip(self.team_role)
    }
}

pub(super) struct NewInvitation<'a> {
    pub id: InvitationId,
    pub token_hash: &'a str,
    pub email: Option<&'a str>,
    pub role: Role,
    pub team: Option<(TeamId, TeamRole)>,
    pub invited_by: UserId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What of a table row makes it one that may be taken up at the moment `$2`: one by somebody who is no admin (any more)
/// gives what nobody may give.
const OPEN: &str = "accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2
    AND invited_by IN (SELECT id FROM users WHERE role = 'admin' AND status = 'active')";

/// Holds an admin's account, so that their office does not end before the transaction does; `false` when it has ended.
#[tracing::instrument(level = "debug", name = "sql.invitations.hold_office", skip_all, fields(%admin))]
pub(super) async fn hold_office(connection: &mut AnyConnection, admin: UserId) -> Result<bool, sqlx::Error> {
    let held = sqlx::query("UPDATE users SET id = id WHERE id = $1 AND role = 'admin' AND status = 'active'")
        .bind(admin.to_string())
        .execute(connection)
        .await?;
    Ok(held.rows_affected() == 1)
}

#[tracing::instrument(level = "debug", name = "sql.invitations.insert", skip_all, fields(id = %new.id))]
pub(super) async fn insert(
    connection: &mut AnyConnection,
    new: &NewInvitation<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO invitations
         (id, token_hash, email, role, invited_by, created_at, expires_at, team_id, team_role)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id.to_string())
    .bind(new.token_hash)
    .bind(new.email)
    .bind(new.role.text())
    .bind(new.invited_by.to_string())
    .bind(new.created_at.unix())
    .bind(new.expires_at.unix())
    .bind(new.team.map(|(id, _)| id.to_string()))
    .bind(new.team.map(|(_, role)| role.text()))
    .execute(connection)
    .await?;
    Ok(())
}

/// What the secret of this hash opens, if it does.
#[tracing::instrument(level = "debug", name = "sql.invitations.open", skip_all)]
pub(super) async fn open(
    pool: &AnyPool,
    token_hash: &str,
    now: i64,
) -> Result<Option<Accepted>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT id, role, email, team_id, team_role FROM invitations WHERE token_hash = $1 AND {OPEN}"
    )))
    .bind(token_hash)
    .bind(now)
    .fetch_optional(pool)
    .await
}

/// Takes it up, if nobody has: one statement, so that of two at once only one finds it open.
#[tracing::instrument(level = "debug", name = "sql.invitations.accept", skip_all, fields(%by))]
pub(super) async fn accept(
    connection: &mut AnyConnection,
    token_hash: &str,
    by: UserId,
    now: i64,
) -> Result<Option<Accepted>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "UPDATE invitations SET accepted_at = $2, accepted_by = $3
         WHERE token_hash = $1 AND {OPEN} RETURNING id, role, email, team_id, team_role"
    )))
    .bind(token_hash)
    .bind(now)
    .bind(by.to_string())
    .fetch_optional(connection)
    .await
}

/// Whether there was an open one to withdraw.
#[tracing::instrument(level = "debug", name = "sql.invitations.revoke", skip_all, fields(%invitation))]
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
#[tracing::instrument(level = "debug", name = "sql.invitations.revoke_all", skip_all, fields(%by))]
pub(super) async fn revoke_all(
    connection: &mut AnyConnection,
    by: UserId,
    now: i64,
) -> Result<Vec<InvitationId>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Withdrawn {
        #[sqlx(try_from = "String")]
        id: InvitationId,
    }
    let withdrawn: Vec<Withdrawn> = sqlx::query_as(
        "UPDATE invitations SET revoked_at = $2
         WHERE invited_by = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2 RETURNING id",
    )
    .bind(by.to_string())
    .bind(now)
    .fetch_all(connection)
    .await?;
    Ok(withdrawn.into_iter().map(|invitation| invitation.id).collect())
}

/// Puts another secret in the place of the one before it, and answers where it goes and until when it is good. `None`
/// for one that opens nothing, or is not mailed.
#[tracing::instrument(level = "debug", name = "sql.invitations.set_secret", skip_all, fields(%invitation))]
pub(super) async fn set_secret(
    pool: &AnyPool,
    invitation: InvitationId,
    token_hash: &str,
    now: i64,
) -> Result<Option<(EmailAddress, Timestamp)>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Mailed {
        #[sqlx(try_from = "String")]
        email: EmailAddress,
        #[sqlx(try_from = "i64")]
        expires_at: Timestamp,
    }
    let mailed: Option<Mailed> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "UPDATE invitations SET token_hash = $3
         WHERE id = $1 AND email IS NOT NULL AND {OPEN} RETURNING email, expires_at"
    )))
    .bind(invitation.to_string())
    .bind(now)
    .bind(token_hash)
    .fetch_optional(pool)
    .await?;
    Ok(mailed.map(|invitation| (invitation.email, invitation.expires_at)))
}

/// Newest first, from below `before` (`created_at`, id).
#[tracing::instrument(level = "debug", name = "sql.invitations.page", skip_all, fields(limit))]
pub(super) async fn page(
    pool: &AnyPool,
    before: (i64, &str),
    limit: i64,
    now: i64,
) -> Result<Vec<Invitation>, sqlx::Error> {
    let invitations: Vec<Row> = sqlx::query_as(
        "SELECT i.id, i.email, i.role, i.created_at, i.expires_at, i.accepted_at, i.revoked_at,
                i.team_id, i.team_role, t.name AS team_name, u.username AS invited_by
         FROM invitations i LEFT JOIN users u ON u.id = i.invited_by LEFT JOIN teams t ON t.id = i.team_id
         WHERE i.created_at < $1 OR (i.created_at = $1 AND i.id < $2)
         ORDER BY i.created_at DESC, i.id DESC LIMIT $3",
    )
    .bind(before.0)
    .bind(before.1)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(invitations.into_iter().map(|row| row.at(now)).collect())
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    id: InvitationId,
    email: Option<String>,
    #[sqlx(try_from = "String")]
    role: Role,
    invited_by: Option<String>,
    #[sqlx(try_from = "Nullable<String, TeamId>")]
    team_id: Option<TeamId>,
    team_name: Option<String>,
    #[sqlx(try_from = "Nullable<String, TeamRole>")]
    team_role: Option<TeamRole>,
    #[sqlx(try_from = "i64")]
    created_at: Timestamp,
    #[sqlx(try_from = "i64")]
    expires_at: Timestamp,
    accepted_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl Row {
    /// As it stands at the moment `now`.
    fn at(self, now: i64) -> Invitation {
        let state = if self.accepted_at.is_some() {
            InvitationState::Accepted
        } else if self.revoked_at.is_some() {
            InvitationState::Revoked
        } else if self.expires_at.unix() <= now {
            InvitationState::Expired
        } else {
            InvitationState::Open
        };
        Invitation {
            id: self.id,
            email: self.email,
            role: self.role,
            team_id: self.team_id,
            team_name: self.team_name,
            team_role: self.team_role,
            state,
            invited_by: self.invited_by,
            created_at: self.created_at,
            expires_at: self.expires_at,
        }
    }
}
