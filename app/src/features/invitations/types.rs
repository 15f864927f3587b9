//! Wire types of `/api/admin/invitations`.

use serde::{Deserialize, Serialize};

use crate::{
    contract::{InvitationId, MaxKeys, TeamId, Timestamp},
    features::{auth::types::Role, teams::types::TeamRole},
};

/// `POST /api/admin/invitations`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct InviteRequest {
    /// Where to send the link. Taking it up confirms the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the account will be: `user` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The team that the account joins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// As what: `viewer` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_role: Option<TeamRole>,
    /// 1–30, 7 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    Open,
    Accepted,
    Revoked,
    Expired,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    pub id: InvitationId,
    pub email: Option<String>,
    pub role: Role,
    /// The team that the account joins, if it is still there then.
    pub team_id: Option<TeamId>,
    pub team_name: Option<String>,
    pub team_role: Option<TeamRole>,
    pub state: InvitationState,
    /// The username of the admin; `null` when that account is gone.
    pub invited_by: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The answer to `POST /api/admin/invitations`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvitation {
    #[serde(flatten)]
    pub invitation: Invitation,
    /// The address to pass on, this once. `null` when it was mailed: then only the mailbox's owner has it.
    pub link: Option<String>,
}

/// `GET /api/admin/invitations`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct InvitationsQuery {
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
}

/// Newest first, those that can no longer be taken up among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationsPage {
    pub invitations: Vec<Invitation>,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}
