//! Why a key is not made, or not found.

use app::contract::{ApiError, ErrorCode, KeyError};

use super::MAX_KEYS;
use crate::{
    features::auth::error::AuthError,
    http::problem::{Failure, database_outside},
};

#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    #[error("{field} {why}")]
    Field { field: &'static str, why: String },
    #[error("prefix {0}")]
    Prefix(#[from] KeyError),
    #[error("nobody can keep track of more keys than this")]
    TooMany,
    #[error("no such key of this user")]
    NotFound,
    #[error(transparent)]
    Caller(#[from] AuthError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Failure for ApiKeyError {
    fn outside(&self) -> ApiError {
        match self {
            Self::Field { field, why } => ApiError::field(*field, why),
            Self::Prefix(KeyError::Outside) => {
                ApiError::new(ErrorCode::PermissionDenied, "prefix is outside your prefix")
            }
            Self::Prefix(error) => ApiError::field("prefix", error.to_string()),
            Self::TooMany => ApiError::new(
                ErrorCode::Conflict,
                format!("You have {MAX_KEYS} API keys already. Delete one that is not used any more."),
            ),
            Self::NotFound => ApiError::new(ErrorCode::ResourceNotFound, "No such API key of yours"),
            Self::Caller(error) => error.outside(),
            Self::Database(error) => database_outside(error),
        }
    }
}
