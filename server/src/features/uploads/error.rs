//! What can go wrong with uploads, and what of it the caller is told.

use app::contract::{ApiError, ErrorCode};

use crate::{
    features::{quota::QuotaError, scopes::ScopeError},
    http::{
        file_form::FormError,
        problem::{Failure, database_outside, storage_outside},
    },
    platform::object_store::StoreError,
};

#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error("{field} {why}")]
    Invalid { field: String, why: String },
    /// Unknown, another's, of another key, aborted or long completed: all alike from outside.
    #[error("no such upload")]
    NotFound,
    /// Storage is putting the object together.
    #[error("the upload is being completed")]
    Completing,
    /// `If-None-Match: *` was promised, and an object is there now.
    #[error("an object of this key appeared meanwhile")]
    Conflict,
    #[error(transparent)]
    Quota(#[from] QuotaError),
    #[error(transparent)]
    Form(#[from] FormError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the journal of uploads failed")]
    Database(#[from] sqlx::Error),
    /// It panicked, or the server ended.
    #[error("the completion came to no end")]
    Lost(#[from] tokio::task::JoinError),
}

impl UploadError {
    pub(super) fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            why: why.into(),
        }
    }
}

impl Failure for UploadError {
    fn outside(&self) -> ApiError {
        match self {
            Self::Scope(error) => error.outside(),
            Self::Invalid { field, why } => ApiError::field(field, why),
            // Storage's own "not found" means the same here: there is no object in an upload's way.
            Self::NotFound | Self::Store(StoreError::NotFound) => {
                ApiError::new(ErrorCode::ResourceNotFound, "Upload not found")
            }
            Self::Conflict | Self::Store(StoreError::PreconditionFailed) => ApiError::new(
                ErrorCode::Conflict,
                "An object with this key appeared while the upload was running. The upload is kept: complete it \
                 with `on_conflict: \"overwrite\"`, or abort it.",
            ),
            Self::Completing => ApiError::new(
                ErrorCode::Conflict,
                "The upload is being completed, and cannot be aborted. Delete the file when it is there.",
            ),
            Self::Quota(error) => error.outside(),
            Self::Form(error) => error.outside(),
            Self::Store(StoreError::Refused { code, .. }) => ApiError::new(
                ErrorCode::InternalError,
                format!("Storage refused the upload ({code}). What is uploaded is kept for seven days."),
            ),
            Self::Store(error) => storage_outside(error),
            Self::Database(error) => database_outside(error),
            Self::Lost(_) => ApiError::new(ErrorCode::InternalError, "Something went wrong"),
        }
    }
}
