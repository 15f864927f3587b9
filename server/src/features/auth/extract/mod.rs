//! What a caller must be, as the type that a handler takes.
//!
//! First the caller is identified (`identify`), once for each request; then the extractor decides whether they may. A
//! [`Principal`] alone is no extractor, so no handler can forget the second step.

mod identify;

use app::features::api_keys::types::Scope;
use axum::extract::FromRequestParts;
use http::request::Parts;

pub(crate) use identify::{recognise, speaks_by_token};

use super::{
    error::AuthError,
    principal::{Credential, Person, Principal},
};
use crate::{http::problem::Problem, state::AppState};

/// A caller who may read files: an API key needs the scope `read`. Also for what is posted and changes nothing.
#[derive(Clone, Debug)]
pub struct CanRead(pub Principal);

/// A caller who may change files: an API key needs the scope `write`.
#[derive(Clone, Debug)]
pub struct CanWrite(pub Principal);

/// A caller who may both read and change files: an API key needs both scopes. For what copies bytes from one place to
/// another.
#[derive(Clone, Debug)]
pub struct CanReadWrite(pub Principal);

/// Any caller with valid credentials; of an API key no scope is asked. For what a key must know to be used.
#[derive(Clone, Debug)]
pub struct AnyCaller(pub Principal);

/// Whoever is looking at a page, if they are signed in.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Principal>);

impl FromRequestParts<AppState> for CanRead {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(with_scopes(&[Scope::Read], parts, state).await?))
    }
}

impl FromRequestParts<AppState> for CanWrite {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(with_scopes(&[Scope::Write], parts, state).await?))
    }
}

impl FromRequestParts<AppState> for CanReadWrite {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(
            with_scopes(&[Scope::Read, Scope::Write], parts, state).await?,
        ))
    }
}

impl FromRequestParts<AppState> for AnyCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(with_scopes(&[], parts, state).await?))
    }
}

impl FromRequestParts<AppState> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let who = identify::caller(parts, state).await?;
        match who.credential {
            Credential::AccessToken(sign_in) | Credential::Session(sign_in) => Ok(Self { who, sign_in }),
            Credential::ApiKey(ref key) => {
                let (asked, origin) = identify::asked(parts, state).await;
                state.api_keys.denied(&who, key, &asked, &origin);
                Err(AuthError::ApiKeyNotAllowed.into())
            }
        }
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(identify::visitor(parts, state).await?))
    }
}

/// The one place where the scopes of an API key meet what is asked of it.
async fn with_scopes(needed: &[Scope], parts: &mut Parts, state: &AppState) -> Result<Principal, AuthError> {
    let who = identify::caller(parts, state).await?;
    if let Credential::ApiKey(key) = &who.credential {
        if let Some(missing) = needed.iter().find(|scope| !key.scopes.contains(scope)) {
            let (asked, origin) = identify::asked(parts, state).await;
            state.api_keys.denied(&who, key, &asked, &origin);
            return Err(AuthError::ApiKeyScope(*missing));
        }
        state.api_keys.used(key).await?;
    }
    Ok(who)
}
