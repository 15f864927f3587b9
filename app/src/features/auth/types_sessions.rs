//! Wire types of `/api/auth/sessions`: where a person is signed in.

use serde::{Deserialize, Serialize};

use crate::contract::{MaxKeys, SignInId, Timestamp, named};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A browser with its cookie.
    Browser,
    /// A script with its tokens.
    Token,
}

named!(SessionKind: Browser = "browser", Token = "token");

/// One sign-in that is still good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedInSession {
    pub id: SignInId,
    pub kind: SessionKind,
    /// For a person: `Firefox on Linux`. As honest as the client.
    pub device: String,
    /// What the client called itself.
    pub user_agent: String,
    /// Where it was when it signed in, or last renewed its tokens.
    pub address: Option<String>,
    pub created_at: Timestamp,
    /// Exact to a minute.
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// `GET /api/auth/sessions`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct SessionsQuery {
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
}

/// One page, newest sign-in first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionPage {
    pub sessions: Vec<SignedInSession>,
    pub has_more: bool,
    pub continuation_token: Option<String>,
}
