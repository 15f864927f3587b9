//! The one shape in which every failure reaches a client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A machine-readable reason. The set is closed: clients may match on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    InvalidCredentials,
    UserNotFound,
    EmailNotVerified,
    TokenExpired,
    InvalidToken,
    PermissionDenied,
    ResourceNotFound,
    RateLimitExceeded,
    ValidationError,
    Conflict,
    PreconditionFailed,
    PayloadTooLarge,
    /// Object storage cannot be reached.
    StorageUnavailable,
    /// The database cannot be reached or is locked.
    DatabaseUnavailable,
    /// More work waits than can be done.
    ServerBusy,
    /// The disk has no room. Deleting works still.
    StorageFull,
    /// It does not fit into what is left of the quota.
    QuotaExceeded,
    Unsupported,
    InternalError,
}

impl ErrorCode {
    /// The HTTP status that goes with the code unless a route's contract says otherwise
    /// (`POST /token` answers a wrong password with 400).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::ValidationError => 400,
            Self::InvalidCredentials | Self::EmailNotVerified | Self::TokenExpired | Self::InvalidToken => {
                401
            }
            Self::PermissionDenied => 403,
            Self::UserNotFound | Self::ResourceNotFound => 404,
            Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::PayloadTooLarge | Self::QuotaExceeded => 413,
            Self::RateLimitExceeded => 429,
            Self::InternalError => 500,
            Self::Unsupported => 501,
            Self::StorageUnavailable | Self::DatabaseUnavailable | Self::ServerBusy => 503,
            Self::StorageFull => 507,
        }
    }
}

/// The body of every error answer: `{"detail": "…", "code": "…"}`, with `fields` for validation errors.
///
/// It never carries a stack, SQL, an upstream body or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{detail}")]
pub struct ApiError {
    /// What happened, for a person.
    pub detail: String,
    pub code: ErrorCode,
    /// Which field of the request is wrong, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

impl ApiError {
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            code,
            fields: BTreeMap::new(),
        }
    }

    /// A validation error about one field.
    pub fn field(name: impl Into<String>, why: impl Into<String>) -> Self {
        let (name, why) = (name.into(), why.into());
        Self {
            detail: format!("{name}: {why}"),
            code: ErrorCode::ValidationError,
            fields: BTreeMap::from([(name, why)]),
        }
    }

    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.status()
    }
}
