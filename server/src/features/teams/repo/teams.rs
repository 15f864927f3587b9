//! Teams.

use app::{
    contract::{TeamId, Timestamp, UserId, key::team_prefix},
    features::teams::types::{AdminTeam, Team, TeamRole},
};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};

use crate::platform::database::column::Nullable;

/// What of a team has its own columns, of a table `t`.
const COLUMNS: &str = "t.id, t.name, t.created_at,
    (SELECT u.quota_bytes FROM storage_use u WHERE u.holder_kind = 'team' AND u.holder_id = t.id) AS quota_bytes,
    COALESCE((SELECT u.used_bytes + u.reserved_bytes FROM storage_use u
              WHERE u.holder_kind = 'team' AND u.holder_id = t.id), 0) AS quota_used_bytes";

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    id: TeamId,
    name: String,
    #[sqlx(try_from = "i64")]
    created_at: Timestamp,
    #[sqlx(try_from = "Nullable<i64, u64>")]
    quota_bytes: Option<u64>,
    #[sqlx(try_from = "i64")]
    quota_used_bytes: u64,
}

/// A team, and the role of whoever asks.
#[derive(sqlx::FromRow)]
struct Seen {
    #[sqlx(flatten)]
    team: Row,
    #[sqlx(try_from = "Nullable<String, TeamRole>")]
    role: Option<TeamRole>,
}

impl From<Seen> for Team {
    fn from(Seen { team, role }: Seen) -> Self {
        Self {
            id: team.id,
            name: team.name,
            prefix: team_prefix(team.id),
            role,
            quota_bytes: team.quota_bytes,
            quota_used_bytes: team.quota_used_bytes,
            created_at: team.created_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Administered {
    #[sqlx(flatten)]
    team: Row,
    #[sqlx(try_from = "i64")]
    members: u64,
    #[sqlx(try_from = "Nullable<i64, Timestamp>")]
    deleted_at: Option<Timestamp>,
}

impl From<Administered> for AdminTeam {
    fn from(row: Administered) -> Self {
        let Administered {
            team,
            members,
            deleted_at,
        } = row;
        Self {
            id: team.id,
            name: team.name,
            prefix: team_prefix(team.id),
            members,
            quota_bytes: team.quota_bytes,
            quota_used_bytes: team.quota_used_bytes,
            created_at: team.created_at,
            deleted_at,
        }
    }
}

#[tracing::instrument(level = "debug", name = "sql.teams.insert", skip_all, fields(%id))]
pub(in super::super) async fn insert(
    connection: &mut AnyConnection,
    id: TeamId,
    name: &str,
    folded: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO teams (id, name, name_folded, created_at) VALUES ($1, $2, $3, $4)")
        .bind(id.to_string())
        .bind(name)
        .bind(folded)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes others wait who change the team or its members, until the transaction ends, and answers its name; `None` when
/// it is not there.
#[tracing::instrument(level = "debug", name = "sql.teams.hold", skip_all, fields(%id))]
pub(in super::super) async fn hold(
    connection: &mut AnyConnection,
    id: TeamId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("UPDATE teams SET name = name WHERE id = $1 AND deleted_at IS NULL RETURNING name")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
}

/// A team that lives, as this person sees it, whoever they are.
#[tracing::instrument(level = "debug", name = "sql.teams.find", skip_all, fields(%id, %user))]
pub(in super::super) async fn find(
    connection: &mut AnyConnection,
    id: TeamId,
    user: UserId,
) -> Result<Option<Team>, sqlx::Error> {
    let found: Option<Seen> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS}, m.role FROM teams t LEFT JOIN team_members m ON m.team_id = t.id AND m.user_id = $2
         WHERE t.id = $1 AND t.deleted_at IS NULL"
    )))
    .bind(id.to_string())
    .bind(user.to_string())
    .fetch_optional(connection)
    .await?;
    Ok(found.map(Team::from))
}

/// Those that somebody is a member of, in the order of their names.
#[tracing::instrument(level = "debug", name = "sql.teams.of", skip_all, fields(%user))]
pub(in super::super) async fn of(pool: &AnyPool, user: UserId) -> Result<Vec<Team>, sqlx::Error> {
    let found: Vec<Seen> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS}, m.role FROM team_members m JOIN teams t ON t.id = m.team_id
         WHERE m.user_id = $1 AND t.deleted_at IS NULL ORDER BY t.name_folded, t.id"
    )))
    .bind(user.to_string())
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().map(Team::from).collect())
}

/// All of them in the order of their names, behind the one of this folded name and id.
#[tracing::instrument(level = "debug", name = "sql.teams.page", skip_all, fields(limit))]
pub(in super::super) async fn page(
    pool: &AnyPool,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<AdminTeam>, sqlx::Error> {
    let found: Vec<Administered> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS}, t.deleted_at,
                (SELECT COUNT(*) FROM team_members m WHERE m.team_id = t.id) AS members
         FROM teams t WHERE t.name_folded > $1 OR (t.name_folded = $1 AND t.id > $2)
         ORDER BY t.name_folded, t.id LIMIT $3"
    )))
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().map(AdminTeam::from).collect())
}

#[tracing::instrument(level = "debug", name = "sql.teams.rename", skip_all, fields(%id))]
pub(in super::super) async fn rename(
    connection: &mut AnyConnection,
    id: TeamId,
    name: &str,
    folded: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE teams SET name = $2, name_folded = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(name)
        .bind(folded)
        .execute(connection)
        .await?;
    Ok(())
}

/// The row stays, for the files do.
#[tracing::instrument(level = "debug", name = "sql.teams.delete", skip_all, fields(%id))]
pub(in super::super) async fn delete(
    connection: &mut AnyConnection,
    id: TeamId,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE teams SET deleted_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}
