//! Who is calling, as decided by the extractors and believed by every service.

use std::collections::BTreeSet;

use app::{
    contract::{ApiKeyId, KeyRoot, SignInId, UserId},
    features::{api_keys::types::Scope, auth::types::Role},
};

/// An authenticated, active user. No extractor: a handler takes a type that says what the caller may do, such as
/// [`CanRead`](super::CanRead).
#[derive(Clone, Debug)]
pub struct Principal {
    pub user_id: UserId,
    pub username: String,
    pub role: Role,
    pub credential: Credential,
}

impl Principal {
    /// The API key by which the caller reaches less than all of its owner's files.
    pub fn narrow_key(&self) -> Option<ApiKeyId> {
        match &self.credential {
            Credential::ApiKey(key) if key.root != KeyRoot::home(self.user_id) => Some(key.id),
            Credential::ApiKey(_) | Credential::AccessToken(_) | Credential::Session(_) => None,
        }
    }
}

/// How the caller proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer`, with the sign-in that the token belongs to.
    AccessToken(SignInId),
    /// The browser's session cookie; state-changing requests have passed the CSRF rule.
    Session(SignInId),
    /// `X-API-Key`; what the key may do is compared with what the handler needs by the extractor that it takes.
    ApiKey(ApiKeyGrant),
}

/// What an API key reaches, and may do there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyGrant {
    pub id: ApiKeyId,
    /// The owner's root or that of a team, or a folder in it.
    pub root: KeyRoot,
    pub scopes: BTreeSet<Scope>,
    /// Unix seconds, exact to a minute.
    pub last_used_at: Option<i64>,
}

/// Somebody who signed in themselves, and not a key of theirs: for handlers that are about the account.
#[derive(Clone, Debug)]
pub struct Person {
    pub who: Principal,
    /// The sign-in that speaks.
    pub sign_in: SignInId,
}
