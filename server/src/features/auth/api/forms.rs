//! The forms that sign a browser in and out. They work without script; with `Accept: application/json` the same
//! routes answer a page that renews its session in place.

use std::collections::BTreeMap;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use secrecy::SecretString;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    features::audit::Origin,
    features::auth::{
        Visitor,
        error::AuthError,
        principal::{Credential, Principal},
        session,
    },
    http::{extract::Form, local_path::LocalPath, pages, problem::Problem},
    state::AppState,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInForm {
    username: String,
    password: SecretString,
    #[serde(default)]
    next: Option<String>,
}

/// `POST /sign-in`: 303 to `next`, or the page again with what was wrong (401).
pub(super) async fn sign_in(
    State(state): State<AppState>,
    browser: Session,
    Visitor(previous): Visitor,
    origin: Origin,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Result<Response, Problem> {
    let json = wants_json(&headers);
    match state
        .auth
        .sign_in_browser(&form.username, form.password, &origin)
        .await
    {
        Ok(sign_in) => {
            sign_out_of(&state, previous, &origin).await?;
            session::begin(&browser, sign_in).await?;
            if json {
                return Ok(StatusCode::NO_CONTENT.into_response());
            }
            let next = LocalPath::parse(form.next.as_deref().unwrap_or_default());
            Ok(Redirect::to(next.as_str()).into_response())
        }
        Err(error) if json => Err(error.into()),
        Err(error) => {
            let (status, error) = Problem::from(error).into_outside();
            let mut values = BTreeMap::from([("username".to_owned(), form.username)]);
            if let Some(next) = form.next {
                values.insert("next".to_owned(), next);
            }
            Ok(pages::refused_sign_in(&state, values, status, error).await)
        }
    }
}

/// `POST /sign-out`: 303 to the sign-in page. Signing out when nobody is signed in is no error.
pub(super) async fn sign_out(
    State(state): State<AppState>,
    browser: Session,
    Visitor(visitor): Visitor,
    origin: Origin,
    request: Request,
) -> Result<Response, Problem> {
    sign_out_of(&state, visitor, &origin).await?;
    session::end(&browser).await?;
    if wants_json(request.headers()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Redirect::to("/sign-in").into_response())
}

/// Ends the sign-in that the browser had.
async fn sign_out_of(state: &AppState, visitor: Option<Principal>, origin: &Origin) -> Result<(), AuthError> {
    if let Some(visitor) = visitor
        && let Credential::Session(sign_in) = visitor.credential
    {
        state.auth.sign_out(&visitor, sign_in, origin).await?;
    }
    Ok(())
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}
