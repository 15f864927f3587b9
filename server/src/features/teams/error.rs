//! What can go wrong with teams.

use app::contract::{ApiError, ErrorCode};

use crate::http::problem::{Failure, database_outside};

/// Members of one team, and teams of one person: lists of them are answered whole.
pub(super) const MAX_MEMBERS: i64 = 1000;
pub(super) const MAX_TEAMS: i64 = 100;

#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    /// Also one that the caller has nothing to do with.
    #[error("no such team of the caller's")]
    NoSuchTeam,
    #[error("only {0:?}s may do that")]
    NotAllowed(Needed),
    #[error("a team has that name")]
    NameTaken,
    #[error("no active account has that name or id")]
    NoSuchUser,
    #[error("no such member")]
    NoSuchMember,
    #[error("they are a member already")]
    AlreadyMember,
    /// Only an admin could give the role back.
    #[error("the last manager stays one")]
    LastManager,
    #[error("the team is full")]
    TooManyMembers,
    #[error("they are in too many teams")]
    TooManyTeams,
    #[error("{field} {why}")]
    Field { field: &'static str, why: &'static str },
    #[error("the request changes nothing")]
    NothingAsked,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// The role that the request requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    Manager,
    Admin,
}

impl Failure for TeamError {
    fn outside(&self) -> ApiError {
        let conflict = |detail: String| ApiError::new(ErrorCode::Conflict, detail);
        match self {
            Self::NoSuchTeam => ApiError::new(ErrorCode::ResourceNotFound, "No such team of yours"),
            Self::NotAllowed(needed) => ApiError::new(
                ErrorCode::PermissionDenied,
                match needed {
                    Needed::Manager => "Only a manager of the team or an administrator can do that",
                    Needed::Admin => "Only an administrator can do that",
                },
            ),
            Self::NameTaken => conflict("Another team has this name".to_owned()),
            Self::NoSuchUser => ApiError::new(
                ErrorCode::UserNotFound,
                "There is no active account of this name or id",
            ),
            Self::NoSuchMember => ApiError::new(ErrorCode::ResourceNotFound, "The team has no such member"),
            Self::AlreadyMember => conflict("They are a member of the team already".to_owned()),
            Self::LastManager => conflict(
                "This is the team's last manager. Make someone else one first, or ask an administrator."
                    .to_owned(),
            ),
            Self::TooManyMembers => conflict(format!("The team has {MAX_MEMBERS} members already")),
            Self::TooManyTeams => conflict(format!("They are in {MAX_TEAMS} teams already")),
            Self::Field { field, why } => ApiError::field(*field, *why),
            Self::NothingAsked => ApiError::new(
                ErrorCode::ValidationError,
                "Nothing to change: give name or quota_bytes",
            ),
            Self::Database(error) => database_outside(error),
        }
    }
}
