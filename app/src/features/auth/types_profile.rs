//! Wire types of what people change about themselves.

use serde::{Deserialize, Serialize};

/// `PATCH /api/auth/me`: what is left out stays as it is.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateMeRequest {
    /// At most 200 characters on one line; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// Takes effect once the code that is mailed there has been sent to `POST /api/auth/confirm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Required with `email`: who finds a screen unlocked must not walk off with the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}
