//! Wire types of `/api/auth/api-keys`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::contract::{ApiKeyId, Timestamp};

/// What a key may do with files. Neither lets it near the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Lists and downloads.
    Read,
    /// Uploads, changes and deletes.
    Write,
}

/// `POST /api/auth/api-keys`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateApiKeyRequest {
    /// 1–100 characters.
    pub name: String,
    /// At most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// At least one; both unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<Scope>>,
    /// A folder of the caller's own, as a whole prefix (`users/<uuid>/reports/`), or of a team that the caller is a
    /// member of (`teams/<uuid>/`), where the key may do what its owner may at that moment; all of the caller's own
    /// files unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// 1–3650; without it the key lives until it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650))]
    pub expires_in_days: Option<u32>,
}

/// A key as its owner sees it: never the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub description: Option<String>,
    /// The key's first and last characters: `fpk_key_1a2b…9f0e`.
    pub hint: String,
    pub scopes: BTreeSet<Scope>,
    /// All that the key reaches, as a whole prefix.
    pub prefix: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Exact to a minute.
    pub last_used_at: Option<Timestamp>,
}

/// The answer to making a key: the only one that ever holds it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedApiKey {
    /// For the header `X-API-Key`. It cannot be shown again.
    pub key: String,
    #[serde(flatten)]
    pub details: ApiKey,
}

/// `GET /api/auth/api-keys`: all of them, newest first. There are never many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeysResponse {
    pub api_keys: Vec<ApiKey>,
}
