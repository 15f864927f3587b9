//! Who is in a team.

use app::{
    contract::{TeamId, Timestamp, UserId},
    features::teams::types::{TeamMember, TeamRole},
};
use sqlx::{AnyConnection, AnyPool};

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    user_id: UserId,
    username: String,
    full_name: Option<String>,
    #[sqlx(try_from = "String")]
    role: TeamRole,
    #[sqlx(try_from = "i64")]
    added_at: Timestamp,
}

impl From<Row> for TeamMember {
    fn from(row: Row) -> Self {
        Self {
            user_id: row.user_id,
            username: row.username,
            full_name: row.full_name,
            role: row.role,
            added_at: row.added_at,
        }
    }
}

/// A team that somebody is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Membership {
    #[sqlx(rename = "team_id", try_from = "String")]
    pub team: TeamId,
    #[sqlx(try_from = "String")]
    pub role: TeamRole,
}

/// Of all teams that live.
#[tracing::instrument(level = "debug", name = "sql.teams.members.memberships", skip_all, fields(%user))]
pub(in super::super) async fn memberships(
    pool: &AnyPool,
    user: UserId,
) -> Result<Vec<Membership>, sqlx::Error> {
    sqlx::query_as(
        "SELECT m.team_id, m.role FROM team_members m JOIN teams t ON t.id = m.team_id
         WHERE m.user_id = $1 AND t.deleted_at IS NULL ORDER BY m.team_id",
    )
    .bind(user.to_string())
    .fetch_all(pool)
    .await
}

/// In the order of their usernames.
#[tracing::instrument(level = "debug", name = "sql.teams.members.list", skip_all, fields(%team))]
pub(in super::super) async fn list(
    connection: &mut AnyConnection,
    team: TeamId,
) -> Result<Vec<TeamMember>, sqlx::Error> {
    let members: Vec<Row> = sqlx::query_as(
        "SELECT m.user_id, u.username, u.full_name, m.role, m.added_at
         FROM team_members m JOIN users u ON u.id = m.user_id
         WHERE m.team_id = $1 ORDER BY lower(u.username)",
    )
    .bind(team.to_string())
    .fetch_all(connection)
    .await?;
    Ok(members.into_iter().map(TeamMember::from).collect())
}

#[tracing::instrument(level = "debug", name = "sql.teams.members.find", skip_all, fields(%team, %user))]
pub(in super::super) async fn find(
    connection: &mut AnyConnection,
    team: TeamId,
    user: UserId,
) -> Result<Option<TeamMember>, sqlx::Error> {
    let member: Option<Row> = sqlx::query_as(
        "SELECT m.user_id, u.username, u.full_name, m.role, m.added_at
         FROM team_members m JOIN users u ON u.id = m.user_id WHERE m.team_id = $1 AND m.user_id = $2",
    )
    .bind(team.to_string())
    .bind(user.to_string())
    .fetch_optional(connection)
    .await?;
    Ok(member.map(TeamMember::from))
}

#[tracing::instrument(level = "debug", name = "sql.teams.members.insert", skip_all, fields(%team, %user))]
pub(in super::super) async fn insert(
    connection: &mut AnyConnection,
    team: TeamId,
    user: UserId,
    role: TeamRole,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO team_members (team_id, user_id, role, added_at) VALUES ($1, $2, $3, $4)")
        .bind(team.to_string())
        .bind(user.to_string())
        .bind(role.text())
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.teams.members.set_role", skip_all, fields(%team, %user))]
pub(in super::super) async fn set_role(
    connection: &mut AnyConnection,
    team: TeamId,
    user: UserId,
    role: TeamRole,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE team_members SET role = $3 WHERE team_id = $1 AND user_id = $2")
        .bind(team.to_string())
        .bind(user.to_string())
        .bind(role.text())
        .execute(connection)
        .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.teams.members.delete", skip_all, fields(%team, %user))]
pub(in super::super) async fn delete(
    connection: &mut AnyConnection,
    team: TeamId,
    user: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM team_members WHERE team_id = $1 AND user_id = $2")
        .bind(team.to_string())
        .bind(user.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Of a team that is deleted.
#[tracing::instrument(level = "debug", name = "sql.teams.members.delete_all", skip_all, fields(%team))]
pub(in super::super) async fn delete_all(
    connection: &mut AnyConnection,
    team: TeamId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM team_members WHERE team_id = $1")
        .bind(team.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.teams.members.count", skip_all, fields(%team))]
pub(in super::super) async fn count(
    connection: &mut AnyConnection,
    team: TeamId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM team_members WHERE team_id = $1")
        .bind(team.to_string())
        .fetch_one(connection)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.teams.members.count_teams", skip_all, fields(%user))]
pub(in super::super) async fn count_teams(
    connection: &mut AnyConnection,
    user: UserId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM team_members WHERE user_id = $1")
        .bind(user.to_string())
        .fetch_one(connection)
        .await
}

/// How many can manage the team, besides this one. Disabled accounts cannot.
#[tracing::instrument(level = "debug", name = "sql.teams.members.other_managers", skip_all, fields(%team, %than))]
pub(in super::super) async fn other_managers(
    connection: &mut AnyConnection,
    team: TeamId,
    than: UserId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM team_members m JOIN users u ON u.id = m.user_id
         WHERE m.team_id = $1 AND m.user_id <> $2 AND m.role = 'manager' AND u.status = 'active'",
    )
    .bind(team.to_string())
    .bind(than.to_string())
    .fetch_one(connection)
    .await
}

/// Who is to be told about the team.
#[tracing::instrument(level = "debug", name = "sql.teams.members.managers", skip_all, fields(%team))]
pub(in super::super) async fn managers(pool: &AnyPool, team: TeamId) -> Result<Vec<UserId>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Manager {
        #[sqlx(rename = "user_id", try_from = "String")]
        user: UserId,
    }
    let managers: Vec<Manager> = sqlx::query_as(
        "SELECT user_id FROM team_members WHERE team_id = $1 AND role = 'manager' ORDER BY user_id",
    )
    .bind(team.to_string())
    .fetch_all(pool)
    .await?;
    Ok(managers.into_iter().map(|manager| manager.user).collect())
}

/// The active account of this id, or else of this username: a name may be spelled like somebody's id.
#[tracing::instrument(level = "debug", name = "sql.teams.members.account", skip_all)]
pub(in super::super) async fn account(
    connection: &mut AnyConnection,
    named: &str,
) -> Result<Option<UserId>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Account {
        #[sqlx(try_from = "String")]
        id: UserId,
    }
    let found: Option<Account> = sqlx::query_as(
        "SELECT id FROM users WHERE status = 'active' AND (id = lower($1) OR lower(username) = lower($1))
         ORDER BY CASE WHEN id = lower($1) THEN 0 ELSE 1 END LIMIT 1",
    )
    .bind(named)
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|account| account.id))
}

/// Holds accounts, so that their roles and memberships do not change before the transaction ends. Each transaction takes
/// them in the order of their ids.
#[tracing::instrument(level = "debug", name = "sql.teams.members.hold_accounts", skip_all)]
pub(in super::super) async fn hold_accounts(
    connection: &mut AnyConnection,
    mut accounts: Vec<UserId>,
) -> Result<(), sqlx::Error> {
    accounts.sort_unstable();
    for account in accounts {
        sqlx::query("UPDATE users SET id = id WHERE id = $1")
            .bind(account.to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Whether the account is an admin's, and active.
#[tracing::instrument(level = "debug", name = "sql.teams.members.is_admin", skip_all, fields(%user))]
pub(in super::super) async fn is_admin(
    connection: &mut AnyConnection,
    user: UserId,
) -> Result<bool, sqlx::Error> {
    let admins: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM users WHERE id = $1 AND role = 'admin' AND status = 'active'",
    )
    .bind(user.to_string())
    .fetch_one(connection)
    .await?;
    Ok(admins > 0)
}
