//! Wire types of `/api/teams` and `/api/admin/teams`.

use serde::{Deserialize, Deserializer, Serialize};

use crate::contract::{MaxKeys, TeamId, Timestamp, UserId, named};

/// Characters of a team's name at most.
pub const MAX_NAME_CHARS: usize = 100;

/// What a member may do. Each role includes the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// Lists and reads.
    Viewer,
    /// Writes and deletes as well.
    Editor,
    /// Manages members as well.
    Manager,
}

named!(TeamRole: Viewer = "viewer", Editor = "editor", Manager = "manager");

/// A team, as the caller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    /// `teams/<uuid>/` in the home bucket.
    pub prefix: String,
    /// The caller's; `null` for an admin who is no member, and does not see the files.
    pub role: Option<TeamRole>,
    /// `null` without a limit.
    pub quota_bytes: Option<u64>,
    /// Earlier versions and unfinished uploads included.
    pub quota_used_bytes: u64,
    pub created_at: Timestamp,
}

/// `GET /api/teams`: those that the caller is a member of, in the order of their names. There are never many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamsResponse {
    pub teams: Vec<Team>,
}

/// `POST /api/teams`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateTeamRequest {
    /// 1–100 characters on one line. No two teams have the same, in whatever case.
    pub name: String,
    /// Bytes; no limit unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_bytes: Option<u64>,
}

/// `PATCH /api/teams/{id}`: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct UpdateTeamRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Bytes; `null` lifts the limit.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u64>))]
    pub quota_bytes: Option<Option<u64>>,
}

/// Tells `null` from a field that is not there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `DELETE /api/teams/{id}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteTeamResponse {
    pub message: String,
    /// Where in the home bucket the files of the team still are: no member reaches them any more, and a team made
    /// later, of the same name too, has a prefix of its own.
    pub kept_prefix: String,
}

/// Somebody in a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamMember {
    pub user_id: UserId,
    pub username: String,
    pub full_name: Option<String>,
    pub role: TeamRole,
    pub added_at: Timestamp,
}

/// `GET /api/teams/{id}/members`: all of them, in the order of their usernames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamMembersResponse {
    pub members: Vec<TeamMember>,
}

/// `POST /api/teams/{id}/members`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddMemberRequest {
    /// A username, in any case, or the id of an account.
    pub user: String,
    pub role: TeamRole,
}

/// `PATCH /api/teams/{id}/members/{user_id}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateMemberRequest {
    pub role: TeamRole,
}

/// `GET /api/admin/teams`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct AllTeamsQuery {
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
}

/// A team, as admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminTeam {
    pub id: TeamId,
    pub name: String,
    pub prefix: String,
    pub members: u64,
    pub quota_bytes: Option<u64>,
    /// 0 for a deleted team, whose files are no longer counted.
    pub quota_used_bytes: u64,
    pub created_at: Timestamp,
    /// `null` while it lives. The files of a deleted team are still in storage.
    pub deleted_at: Option<Timestamp>,
}

/// All teams, deleted ones among them, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllTeamsPage {
    pub teams: Vec<AdminTeam>,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}
