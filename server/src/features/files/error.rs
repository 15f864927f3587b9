//! What can go wrong with files, and what of it the caller is told.

use app::contract::{ApiError, ErrorCode};

use super::{access::AccessError, form::FormError};
use crate::{
    http::problem::{Failure, storage_full},
    platform::{cursor::ForeignCursor, disk::Condition, object_store::StoreError},
};

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("{field} {why}")]
    Invalid { field: &'static str, why: String },
    #[error("continuation_token {0}")]
    Cursor(#[from] ForeignCursor),
    #[error("no such object")]
    NotFound,
    /// A condition of the request does not hold.
    #[error("the object is another by now")]
    Changed,
    #[error("the range lies outside an object of {size} bytes")]
    Range { size: u64 },
    #[error(transparent)]
    Form(#[from] FormError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FileError {
    pub(super) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            why: why.into(),
        }
    }
}

impl Failure for FileError {
    fn outside(&self) -> ApiError {
        match self {
            Self::Access(error) => error.outside(),
            Self::Invalid { field, why } => ApiError::field(*field, why),
            Self::Cursor(error) => ApiError::field("continuation_token", error.to_string()),
            Self::NotFound => not_found(),
            Self::Changed => ApiError::new(
                ErrorCode::PreconditionFailed,
                "The object is not the one that the request asks for: it was changed meanwhile",
            ),
            Self::Range { size } => ApiError::new(
                ErrorCode::ValidationError,
                format!("The range lies outside the object, which has {size} bytes"),
            ),
            Self::Form(error) => error.outside(),
            Self::Store(error) => storage_outside(error),
        }
    }
}

fn not_found() -> ApiError {
    ApiError::new(ErrorCode::ResourceNotFound, "Object not found")
}

/// Storage's words stay inside. That storage is down is never dressed up as an empty or missing object.
#[must_use]
pub fn storage_outside(error: &StoreError) -> ApiError {
    match error {
        StoreError::NotFound => not_found(),
        StoreError::PreconditionFailed => {
            ApiError::new(ErrorCode::Conflict, "An object with this key already exists")
        }
        StoreError::RangeNotSatisfiable => {
            ApiError::new(ErrorCode::ValidationError, "The range lies outside the object")
        }
        StoreError::InvalidParts(_) => ApiError::field(
            "parts",
            "do not make an object: each but the last needs at least 5 MiB, with the etag it was stored under",
        ),
        StoreError::ChecksumMismatch => ApiError::new(
            ErrorCode::ValidationError,
            "The bytes that arrived do not match their checksum",
        ),
        StoreError::Unsupported(_) => ApiError::new(
            ErrorCode::Unsupported,
            "The storage behind this server cannot do this",
        ),
        StoreError::Full => storage_full(),
        StoreError::Spool(error) if Condition::of_io(error) == Condition::Full => storage_full(),
        StoreError::NoSuchBucket
        | StoreError::Unavailable(_)
        | StoreError::Unreadable(_)
        | StoreError::Spool(_) => ApiError::new(
            ErrorCode::StorageUnavailable,
            "Storage cannot be reached at the moment. Nothing was lost; try again shortly.",
        ),
        StoreError::Refused { code, .. } => ApiError::new(
            ErrorCode::InternalError,
            format!("Storage refused this ({code}). If it does so again, tell your administrator."),
        ),
        StoreError::Unexpected(_) => ApiError::new(ErrorCode::InternalError, "Something went wrong"),
    }
}
