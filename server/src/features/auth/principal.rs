//! Who is calling, as decided by the extractors and believed by every service.

use app::{
    contract::{ApiKeyId, KeyRoot, SignInId, UserId},
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
    /// `X-API-Key`; what the key may do has been compared with what the route needs.
    ApiKey(ApiKeyGrant),
}

/// What an API key reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyGrant {
    pub id: ApiKeyId,
    /// The owner's root, or a folder in it.
    pub root: KeyRoot,
}

/// Somebody who signed in themselves, and not a key of theirs: for handlers that are about the account.
#[derive(Clone, Debug)]
pub struct Person {
    pub who: Principal,
    /// The sign-in that speaks.
    pub sign_in: SignInId,
}

impl Principal {
    /// The part of the home bucket that is the caller's: all that a request of theirs can name.
    #[must_use]
    pub fn home(&self) -> KeyRoot {
        match &self.credential {
            Credential::AccessToken(_) | Credential::Session(_) => KeyRoot::home(self.user_id),
            Credential::ApiKey(grant) => grant.root.clone(),
        }
    }
}
