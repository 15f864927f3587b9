//! The errors of requests about jobs.

use app::contract::{ApiError, ErrorCode};

use super::MAX_STREAMS;
use crate::{
    http::problem::{Failure, database_outside},
    platform::queue::{EnqueueError, MAX_OPEN_JOBS},
};

#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    #[error("no such job of the caller's")]
    NotFound,
    #[error("the job has ended")]
    HasEnded,
    #[error("too many jobs of this person wait or run")]
    TooMany,
    #[error("too many event streams of this person are open")]
    TooManyStreams,
    #[error("{field} {why}")]
    Field { field: &'static str, why: &'static str },
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// For features that queue jobs.
impl From<EnqueueError> for JobsError {
    fn from(error: EnqueueError) -> Self {
        match error {
            EnqueueError::TooMany => Self::TooMany,
            EnqueueError::Database(error) => Self::Database(error),
        }
    }
}

impl Failure for JobsError {
    fn outside(&self) -> ApiError {
        match self {
            Self::NotFound => ApiError::new(ErrorCode::ResourceNotFound, "There is no such job of yours"),
            Self::HasEnded => ApiError::new(ErrorCode::Conflict, "This job has ended already"),
            Self::TooMany => ApiError::new(
                ErrorCode::Conflict,
                format!(
                    "{MAX_OPEN_JOBS} of your jobs wait or run already. Wait until one ends, or cancel one."
                ),
            ),
            Self::TooManyStreams => ApiError::new(
                ErrorCode::Conflict,
                format!("{MAX_STREAMS} event streams of yours are open already. Close one first."),
            ),
            Self::Field { field, why } => ApiError::field(*field, *why),
            Self::Database(error) => database_outside(error),
        }
    }
}
