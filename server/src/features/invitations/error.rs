//! What can go wrong with an invitation, for the admin who writes it. (For the invited: `AuthError`.)

use app::contract::{ApiError, ErrorCode};

use crate::{
    features::admin::AdminError,
    http::problem::{Failure, database_outside},
};

#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    #[error("no open invitation of that id")]
    NotFound,
    #[error("the caller is no admin any more")]
    NotAdmin,
    #[error("registration is closed, to the invited too")]
    RegistrationClosed,
    #[error("{field} {why}")]
    Field { field: &'static str, why: &'static str },
    #[error("no mail can be sent")]
    EmailUnsupported,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Failure for InvitationError {
    fn outside(&self) -> ApiError {
        match self {
            Self::NotFound => ApiError::new(
                ErrorCode::ResourceNotFound,
                "There is no such invitation that could still be taken up",
            ),
            Self::NotAdmin => AdminError::NotAdmin.outside(),
            Self::RegistrationClosed => ApiError::new(
                ErrorCode::Conflict,
                "Registration is closed on this server (REGISTRATION), to those with an invitation too",
            ),
            Self::Field { field, why } => ApiError::field(*field, *why),
            Self::EmailUnsupported => ApiError::new(
                ErrorCode::Unsupported,
                "This server sends no mail. Invite without an address and pass the link on.",
            ),
            Self::Database(error) => database_outside(error),
        }
    }
}
