//! What can go wrong while accounts are administered.

use app::contract::{ApiError, ErrorCode};

use crate::{
    features::auth::error::AuthError,
    http::problem::{Failure, database_outside},
};

#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("the caller is no admin")]
    NotAdmin,
    #[error("no such account")]
    NoSuchUser,
    /// Nobody could give the role back.
    #[error("the last active admin stays one")]
    LastAdmin,
    #[error("{field} {why}")]
    Field { field: &'static str, why: &'static str },
    #[error("the request changes nothing")]
    NothingAsked,
    /// There has been a first admin, or there cannot be one here: alike from outside.
    #[error("this server is set up")]
    SetUp,
    #[error("the setup token is wrong or too old")]
    SetupToken,
    #[error(transparent)]
    Account(#[from] AuthError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Failure for AdminError {
    fn outside(&self) -> ApiError {
        match self {
            Self::NotAdmin => ApiError::new(ErrorCode::PermissionDenied, "Only an administrator can do that"),
            Self::NoSuchUser => ApiError::new(ErrorCode::UserNotFound, "There is no such account"),
            Self::LastAdmin => ApiError::new(
                ErrorCode::Conflict,
                "This is the last active administrator. Make someone else one first.",
            ),
            Self::Field { field, why } => ApiError::field(*field, *why),
            Self::NothingAsked => ApiError::new(
                ErrorCode::ValidationError,
                "Nothing to change: give role, status or quota_bytes",
            ),
            Self::SetUp => ApiError::new(ErrorCode::ResourceNotFound, "This server is set up already"),
            Self::SetupToken => ApiError::new(
                ErrorCode::PermissionDenied,
                "This setup token is not valid. The server's first output has it.",
            ),
            Self::Account(error) => error.outside(),
            Self::Database(error) => database_outside(error),
        }
    }
}
