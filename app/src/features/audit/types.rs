//! Wire types of `/api/admin/audit`.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::contract::{EventId, MaxKeys, Timestamp, UserId, named};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    Success,
    /// Refused: wrong credentials, no permission, over a limit.
    Denied,
    /// Allowed, and went wrong.
    Failed,
}

named!(AuditOutcome: Success = "success", Denied = "denied", Failed = "failed");

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// One page.
    #[default]
    Json,
    /// All that match, streamed, for spreadsheets.
    Csv,
}

/// `GET /api/admin/audit`: all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct AuditQuery {
    /// A user's id, or a username as it was at the time, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// One action (`account.sign_in`), or all that begin so when it ends in a dot (`account.`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AuditOutcome>,
    /// The first moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The moment before which to stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// An IPv4 or IPv6 address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>), schema(value_type = Option<String>))]
    pub address: Option<IpAddr>,
    /// `json` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<AuditFormat>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
}

/// One action, done or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    pub id: EventId,
    pub at: Timestamp,
    pub action: String,
    pub outcome: AuditOutcome,
    /// `null` for strangers, and for the program itself.
    pub actor_id: Option<UserId>,
    /// With an id the account's name at the time; without one, what a stranger claimed to be called.
    pub actor_name: Option<String>,
    /// What it was done to: a user's id, a sign-in's id, an object's key.
    pub target: Option<String>,
    pub detail: Option<String>,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

/// Newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    pub events: Vec<AuditEvent>,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}
