//! Who is calling, as decided by the extractors and believed by every service.

use app::{
    contract::{KeyRoot, SignInId, UserId},
    features::auth::types::Role,
};

/// An authenticated, active user. Handlers that take one cannot be reached without signing in.
#[derive(Clone, Debug)]
pub struct Principal {
    pub user_id: UserId,
    pub username: String,
    pub role: Role,
    pub credential: Credential,
}

/// How the caller proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer`, with the sign-in that the token belongs to.
    AccessToken(SignInId),
    /// The browser's session cookie; state-changing requests have passed the CSRF rule.
    Session(SignInId),
}

impl Principal {
    /// The part of the home bucket that is the caller's.
    #[must_use]
    pub fn home(&self) -> KeyRoot {
        KeyRoot::home(self.user_id)
    }
}
