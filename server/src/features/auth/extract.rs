//! From a request to the one who makes it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts};
use http::{HeaderMap, header, request::Parts};
use tower_sessions::Session;

use super::{
    error::AuthError,
    principal::{Credential, Person, Principal},
    session,
};
use crate::{
    features::{
        api_keys::need::need,
        audit::{Origin, Trail},
    },
    http::problem::Problem,
    state::AppState,
};

const API_KEY: &str = "x-api-key";

/// The order of the contract: `Authorization`, `X-API-Key`, session cookie. The first one present decides; a bad
/// token beside a good cookie is a bad token.
impl FromRequestParts<AppState> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(identify(parts, state).await?)
    }
}

impl FromRequestParts<AppState> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let who = identify(parts, state).await?;
        match who.credential {
            Credential::AccessToken(sign_in) | Credential::Session(sign_in) => Ok(Self { who, sign_in }),
            // The table of needs has refused it already, unless a route is wrong there.
            Credential::ApiKey(_) => Err(AuthError::ApiKeyNotAllowed.into()),
        }
    }
}

/// Whoever is looking at a page, if they are signed in.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Principal>);

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let visitor = by_session(parts, state).await?;
        if let Some(visitor) = &visitor {
            known(parts, visitor);
        }
        Ok(Self(visitor))
    }
}

impl OptionalFromRequestParts<AppState> for Principal {
    type Rejection = Problem;

    /// `None` only when no credentials were given at all.
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, Problem> {
        match identify(parts, state).await {
            Ok(principal) => Ok(Some(principal)),
            Err(AuthError::NotAuthenticated) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Who calls, found out once for each request and kept in it: the limits ask before the handler does.
#[derive(Clone)]
enum Known {
    Caller(Principal),
    /// For whoever asks first.
    Refused(Arc<Mutex<Option<AuthError>>>),
}

/// The caller, if they have shown who they are. What is wrong with their credentials is told by the handler.
pub(crate) async fn recognise(parts: &mut Parts, state: &AppState) -> Option<Principal> {
    let (known, caller) = match identify(parts, state).await {
        Ok(caller) => (Known::Caller(caller.clone()), Some(caller)),
        Err(error) => (Known::Refused(Arc::new(Mutex::new(Some(error)))), None),
    };
    parts.extensions.insert(known);
    caller
}

async fn identify(parts: &mut Parts, state: &AppState) -> Result<Principal, AuthError> {
    match parts.extensions.get() {
        Some(Known::Caller(caller)) => return Ok(caller.clone()),
        Some(Known::Refused(error)) => {
            if let Some(error) = error.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return Err(error);
            }
        }
        None => {}
    }
    let caller = by_credentials(parts, state).await?;
    known(parts, &caller);
    Ok(caller)
}

/// For the row of a refusal, wherever it is written.
fn known(parts: &Parts, caller: &Principal) {
    if let Some(trail) = parts.extensions.get::<Trail>() {
        trail.is_of(caller.user_id, &caller.username);
    }
}

async fn by_credentials(parts: &mut Parts, state: &AppState) -> Result<Principal, AuthError> {
    if let Some(header) = parts.headers.get(header::AUTHORIZATION) {
        let token = header
            .to_str()
            .ok()
            .and_then(bearer)
            .ok_or(AuthError::InvalidToken)?;
        return state.auth.authenticate_token(token).await;
    }
    if let Some(header) = parts.headers.get(API_KEY) {
        let key = header
            .to_str()
            .map_err(|_| AuthError::InvalidToken)?
            .trim()
            .to_owned();
        return by_api_key(&key, parts, state).await;
    }
    by_session(parts, state).await?.ok_or(AuthError::NotAuthenticated)
}

/// The one place where a key's scopes meet the route: whatever asks for a [`Principal`] comes through here.
async fn by_api_key(key: &str, parts: &mut Parts, state: &AppState) -> Result<Principal, AuthError> {
    let route = parts
        .extensions
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let need = need(&parts.method, route);
    let asked = format!("{} {route}", parts.method);
    let Ok(origin) = Origin::from_request_parts(parts, state).await;
    state.api_keys.authenticate(key, need, &asked, &origin).await
}

/// Whether a token or key is what [`identify`] reads, and the cookie beside it nothing. A browser adds `Basic` and
/// `Negotiate` to requests that a foreign page makes it send; these two a page can only add by script.
pub(crate) fn speaks_by_token(headers: &HeaderMap) -> bool {
    match headers.get(header::AUTHORIZATION) {
        Some(header) => header.to_str().ok().and_then(bearer).is_some(),
        None => headers.contains_key(API_KEY),
    }
}

async fn by_session(parts: &Parts, state: &AppState) -> Result<Option<Principal>, AuthError> {
    let Some(session) = parts.extensions.get::<Session>() else {
        return Ok(None);
    };
    match session::sign_in(session).await? {
        Some(sign_in) => state.auth.authenticate_session(sign_in).await,
        None => Ok(None),
    }
}

/// The scheme's name in any case, one space or more, then the token.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
