//! Wire types of passwords that are forgotten, reset and changed.

use serde::{Deserialize, Serialize};

/// `POST /api/auth/forgot-password`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ForgotPasswordRequest {
    /// The username, or the e-mail address of the account.
    pub username: String,
}

/// `POST /api/auth/reset-password`
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetPasswordRequest {
    pub username: String,
    /// Six digits, as they stand in the mail; spaces among them are ignored.
    pub code: String,
    /// By the rule of registering: 8–128 characters, not a common one, not the username or e-mail address.
    pub new_password: String,
}

/// `POST /api/auth/change-password`
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// Either this or `current_password`; they mean the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
    /// By the rule of registering: 8–128 characters, not a common one, not the username or e-mail address.
    pub new_password: String,
}
