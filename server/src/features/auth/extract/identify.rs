//! From a request to the one who makes it: credentials are read and checked, and nothing is decided about what their
//! holder may do.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, MatchedPath};
use http::{HeaderMap, header, request::Parts};
use tower_sessions::Session;

use crate::{
    features::{
        audit::{Origin, Trail},
        auth::{error::AuthError, principal::Principal, session},
    },
    state::AppState,
};

const API_KEY: &str = "x-api-key";

/// Who calls, found out once for each request and kept in it: the limits ask before the handler does.
#[derive(Clone)]
enum Known {
    Caller(Principal),
    /// For whoever asks first.
    Refused(Arc<Mutex<Option<AuthError>>>),
}

/// The caller, if they have shown who they are. What is wrong with their credentials is told by the handler.
pub(crate) async fn recognise(parts: &mut Parts, state: &AppState) -> Option<Principal> {
    match caller(parts, state).await {
        Ok(caller) => Some(caller),
        Err(error) => {
            let refused = Known::Refused(Arc::new(Mutex::new(Some(error))));
            parts.extensions.insert(refused);
            None
        }
    }
}

/// The order of the contract: `Authorization`, `X-API-Key`, session cookie. The first one present decides; a bad
/// token beside a good cookie is a bad token.
pub(super) async fn caller(parts: &mut Parts, state: &AppState) -> Result<Principal, AuthError> {
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
    name(&caller, parts);
    parts.extensions.insert(Known::Caller(caller.clone()));
    Ok(caller)
}

/// Who is signed in in this browser.
pub(super) async fn visitor(parts: &Parts, state: &AppState) -> Result<Option<Principal>, AuthError> {
    let visitor = by_session(parts, state).await?;
    if let Some(visitor) = &visitor {
        name(visitor, parts);
    }
    Ok(visitor)
}

/// For the row of a refusal, wherever it is written.
fn name(caller: &Principal, parts: &Parts) {
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
        let (asked, origin) = asked(parts, state).await;
        return state.api_keys.authenticate(&key, &asked, &origin).await;
    }
    by_session(parts, state).await?.ok_or(AuthError::NotAuthenticated)
}

/// Whether a token or key is what [`caller`] reads, and the cookie beside it nothing. A browser adds `Basic` and
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

/// What the audit log says of a request: its method and route. The pattern, not the path: what a stranger wrote into it
/// is of no interest.
pub(super) async fn asked(parts: &mut Parts, state: &AppState) -> (String, Origin) {
    let route = parts
        .extensions
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let asked = format!("{} {route}", parts.method);
    let Ok(origin) = Origin::from_request_parts(parts, state).await;
    (asked, origin)
}
