//! Wire types of an installation's first start.

use serde::{Deserialize, Serialize};

/// `POST /api/auth/setup`: the first admin of an installation.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// What the server printed at its first start.
    pub token: String,
    /// 3–50 of letters, digits and `._-@+`.
    pub username: String,
    /// 8–128 characters, not a common one, not the username.
    pub password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
}
