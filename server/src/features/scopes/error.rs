//! Why a request does not reach storage, and what of it the caller is told.

use app::contract::{ApiError, BucketName, ErrorCode, KeyError};

use super::Access;
use crate::http::problem::{Failure, database_outside};

#[derive(Debug, thiserror::Error)]
pub enum ScopeError {
    #[error("{field} {error}")]
    Key { field: String, error: KeyError },
    /// Within reach, but not for this.
    #[error("{field} lies where you may not {missing}")]
    NotAllowed { field: String, missing: Access },
    #[error("no bucket {0} of this caller's")]
    NoSuchBucket(BucketName),
    /// An API key into a team's folder whose owner is in that team no longer.
    #[error("the API key reaches nothing any more")]
    NothingLeft,
    /// The account that a job acts for is disabled or gone, or the API key that began the job is.
    #[error("whoever began this may not go on with it")]
    OwnerLostAccess,
    #[error("it could not be found out what may be reached")]
    Database(#[from] sqlx::Error),
}

impl Failure for ScopeError {
    /// A key outside all that the caller may reach is answered alike whether or not it exists.
    fn outside(&self) -> ApiError {
        match self {
            Self::Key {
                error: KeyError::Outside,
                ..
            }
            | Self::NotAllowed { .. } => ApiError::new(ErrorCode::PermissionDenied, self.to_string()),
            Self::Key { field, error } => ApiError::field(field, error.to_string()),
            Self::NoSuchBucket(name) => ApiError::new(
                ErrorCode::ResourceNotFound,
                format!("Bucket {name} does not exist"),
            ),
            Self::NothingLeft => ApiError::new(
                ErrorCode::PermissionDenied,
                "This API key reaches a team's folder, and its owner is no member of that team",
            ),
            Self::OwnerLostAccess => ApiError::new(
                ErrorCode::PermissionDenied,
                "The account or API key that began this can no longer reach these files",
            ),
            Self::Database(error) => database_outside(error),
        }
    }
}
