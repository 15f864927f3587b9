//! What can go wrong between a stranger and an account.

use app::{
    contract::{ApiError, ErrorCode},
    features::api_keys::types::Scope,
};

use crate::{
    http::problem::{Failure, database_outside, database_unavailable, too_many},
    platform::{
        database::{is_duplicate, violates},
        password::PasswordError,
        rate_limit::LimiterError,
        tokens::TokenError,
    },
};

#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("no credentials were given")]
    NotAuthenticated,
    #[error("the token has expired")]
    TokenExpired,
    /// A token that is malformed, forged, revoked, or of an account that is gone: all alike from outside.
    #[error("the credentials are not valid (any more)")]
    InvalidToken,
    #[error("the API key does not have the scope {0:?}")]
    ApiKeyScope(Scope),
    #[error("no API key may do this")]
    ApiKeyNotAllowed,
    #[error("no such sign-in of this user")]
    NoSuchSession,
    #[error("unknown user, wrong password, or disabled account")]
    InvalidCredentials,
    /// Guesses at this account, or from this network, have used up what there is for now.
    #[error("too many attempts; {wait} s to wait")]
    TooManyAttempts { wait: u32 },
    #[error("{field} {why}")]
    Field { field: &'static str, why: String },
    #[error("the username is taken")]
    UsernameTaken,
    /// Only ever told to whoever has shown that the mailbox is theirs.
    #[error("the e-mail address belongs to another account")]
    AddressTaken,
    /// The password was right.
    #[error("the e-mail address has not been confirmed")]
    EmailNotVerified,
    /// Wrong, late, used, replaced, tried too often, or never made: all alike from outside.
    #[error("the code is not good (any more)")]
    WrongCode,
    /// Which no configuration can bring about.
    #[error("there is no key for codes")]
    NoCodeKey,
    #[error("only an admin gives roles")]
    RoleNotAllowed,
    #[error("registration is not open")]
    RegistrationClosed,
    #[error("registration needs an invitation")]
    InvitationNeeded,
    /// Made up, taken up already, withdrawn or too old: all alike from outside.
    #[error("the invitation is not good (any more)")]
    InvitationInvalid,
    /// An address nobody can confirm would be one nobody can use.
    #[error("no mail can be sent to confirm an address")]
    EmailUnsupported,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("attempts could not be counted")]
    Limiter(#[from] LimiterError),
    #[error("the password could not be processed")]
    Password(#[from] PasswordError),
    #[error("the token could not be made")]
    Signing(#[source] TokenError),
    #[error("the browser's session could not be kept")]
    Session(#[from] tower_sessions::session::Error),
}

impl AuthError {
    pub(super) fn field(field: &'static str, why: impl Into<String>) -> Self {
        Self::Field {
            field,
            why: why.into(),
        }
    }

    /// The same complaint about another field: the one that this request calls so.
    pub(super) fn about(self, field: &'static str) -> Self {
        match self {
            Self::Field { why, .. } => Self::Field { field, why },
            other => other,
        }
    }

    /// What a unique index of `users` has refused.
    pub(super) fn taken(error: sqlx::Error) -> Self {
        if violates(&error, "users_email") {
            Self::AddressTaken
        } else if is_duplicate(&error) {
            Self::UsernameTaken
        } else {
            error.into()
        }
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::TokenExpired,
            TokenError::Invalid => Self::InvalidToken,
            TokenError::Signing => Self::Signing(error),
        }
    }
}

impl Failure for AuthError {
    fn outside(&self) -> ApiError {
        match self {
            Self::NotAuthenticated => ApiError::new(ErrorCode::InvalidToken, "Not authenticated"),
            Self::TokenExpired => ApiError::new(ErrorCode::TokenExpired, "Token has expired"),
            Self::InvalidToken => {
                ApiError::new(ErrorCode::InvalidToken, "Invalid authentication credentials")
            }
            Self::ApiKeyScope(Scope::Read) => {
                ApiError::new(ErrorCode::PermissionDenied, "This API key may not read")
            }
            Self::ApiKeyScope(Scope::Write) => ApiError::new(
                ErrorCode::PermissionDenied,
                "This API key may not change anything",
            ),
            Self::ApiKeyNotAllowed => ApiError::new(
                ErrorCode::PermissionDenied,
                "An API key cannot do this. Sign in with your password.",
            ),
            Self::NoSuchSession => ApiError::new(ErrorCode::ResourceNotFound, "No such sign-in of yours"),
            Self::InvalidCredentials => {
                ApiError::new(ErrorCode::InvalidCredentials, "Incorrect username or password")
            }
            Self::Field { field, why } => ApiError::field(*field, why),
            Self::UsernameTaken => ApiError {
                detail: "Username already exists".to_owned(),
                ..ApiError::field("username", "is taken")
            },
            Self::RoleNotAllowed => ApiError::new(
                ErrorCode::PermissionDenied,
                "Only an administrator can give that role",
            ),
            Self::RegistrationClosed => ApiError::new(
                ErrorCode::PermissionDenied,
                "Registration is closed on this server",
            ),
            Self::InvitationNeeded => ApiError::new(
                ErrorCode::PermissionDenied,
                "Registration on this server needs an invitation",
            ),
            Self::InvitationInvalid => ApiError::new(
                ErrorCode::PermissionDenied,
                "This invitation is not valid any more. Ask for a new one.",
            ),
            Self::EmailUnsupported => ApiError {
                code: ErrorCode::Unsupported,
                detail: "This server sends no mail, so an e-mail address cannot be confirmed.".to_owned(),
                ..ApiError::field("email", "cannot be confirmed: this server sends no mail")
            },
            Self::EmailNotVerified => ApiError::new(ErrorCode::EmailNotVerified, "User email not verified"),
            Self::WrongCode => ApiError {
                detail: "The code is wrong or has expired".to_owned(),
                ..ApiError::field("code", "is wrong or has expired")
            },
            Self::AddressTaken => ApiError {
                code: ErrorCode::Conflict,
                detail: "This e-mail address belongs to another account".to_owned(),
                ..ApiError::field("email", "belongs to another account")
            },
            Self::Password(PasswordError::Busy) => ApiError::new(
                ErrorCode::ServerBusy,
                "The server is busy. Try again in a few seconds.",
            ),
            Self::TooManyAttempts { wait } => too_many(*wait),
            Self::Database(error) => database_outside(error),
            Self::Limiter(error) => error.outside(),
            Self::Session(tower_sessions::session::Error::Store(_)) => database_unavailable(),
            Self::NoCodeKey | Self::Password(_) | Self::Signing(_) | Self::Session(_) => {
                ApiError::new(ErrorCode::InternalError, "Something went wrong")
            }
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyAttempts { wait } => Some(*wait),
            _ => None,
        }
    }
}
