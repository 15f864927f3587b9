//! Wire types of `/api/admin/users` and `/api/admin/stats`.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    contract::{MaxKeys, Timestamp, UserId, named},
    features::auth::types::Role,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    /// Cannot sign in, and whatever they held is dead.
    Disabled,
}

named!(UserStatus: Active = "active", Disabled = "disabled");

/// `GET /api/admin/users`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct UsersQuery {
    /// Part of a username, an e-mail address or a full name, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<UserStatus>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
}

/// An account, as admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminUser {
    pub id: UserId,
    pub username: String,
    /// Confirmed by its owner; `null` when there is none.
    pub email: Option<String>,
    pub full_name: Option<String>,
    pub role: Role,
    pub status: UserStatus,
    /// Bytes; `null` means no limit.
    pub quota_bytes: Option<u64>,
    /// Bytes of all versions and unfinished uploads, and of what may come in by URLs that are still good.
    pub quota_used_bytes: u64,
    /// When storage was last counted; `null` before the first count of an account of an earlier release. Between two counts
    /// each change is added up.
    pub quota_counted_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// To the minute; `null` when no sign-in of theirs is remembered.
    pub last_seen_at: Option<Timestamp>,
}

/// In the order of the usernames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsersPage {
    pub users: Vec<AdminUser>,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}

/// `POST /api/admin/users`. The account is active at once, whatever the registration policy.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateUserRequest {
    /// 3–50 of letters, digits and `._-@+`.
    pub username: String,
    /// 8–128 characters, not a common one, not the username.
    pub password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// `user` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Bytes; the server's default (`DEFAULT_QUOTA_BYTES`) unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_bytes: Option<u64>,
}

/// `PATCH /api/admin/users/{id}`: what is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct UpdateUserRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<UserStatus>,
    /// Bytes; `null` lifts the limit.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u64>))]
    pub quota_bytes: Option<Option<u64>>,
}

/// Tells `null` from a field that is not there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `DELETE /api/admin/users/{id}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteUserResponse {
    pub message: String,
    /// Where in the home bucket the files of the account still are: no request reaches them any more, and an account
    /// made later, of the same name too, has a prefix of its own.
    pub kept_prefix: String,
}

/// `GET /api/admin/stats`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stats {
    /// Accounts in all.
    pub users: u64,
    pub admins: u64,
    pub disabled: u64,
    /// Sign-ins that are alive, of browsers and scripts.
    pub sign_ins: u64,
    /// Invitations that can still be taken up.
    pub invitations: u64,
    /// Uploads in parts that are under way.
    pub uploads: u64,
    /// People seen within the last 24 hours.
    pub seen_last_day: u64,
    /// Denied actions within the last 24 hours, wrong passwords among them.
    pub denied_last_day: u64,
}
