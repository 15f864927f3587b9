//! Wire types of what follows a registration with an e-mail address.

use serde::{Deserialize, Serialize};

use crate::contract::UserId;

/// `POST /api/auth/confirm`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    pub username: String,
    /// Six digits, as they stand in the mail; spaces among them are ignored.
    pub code: String,
    /// The address that is being confirmed, where several registrations wait under one username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The `user_id` that registering answered. With it, the code is held against that registration alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// The answer of `POST /api/auth/confirm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfirmResponse {
    pub message: String,
    /// Several registrations waited under this name and address, and nothing told whose password was the owner's:
    /// none of them was kept, and a code to choose one has been mailed.
    pub password_required: bool,
}

/// `POST /api/auth/resend-code`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResendCodeRequest {
    pub username: String,
    /// The `user_id` that registering answered: a code for that registration alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The address that is being confirmed, where several registrations wait under one username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}
