//! The forms that sign a browser in and out. With `Accept: application/json` the same routes answer a page that
//! renews its session in place.

use app::{
    features::auth::pages::{self, SignIn},
    routes,
    server_rendered::FormState,
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    config::Registration,
    features::{
        audit::Origin,
        auth::{
            Visitor,
            error::AuthError,
            pages::Guest,
            principal::{Credential, Principal},
            session,
        },
    },
    http::{
        extract::{Form, Query},
        local_path::LocalPath,
        page_request::wants_json,
        problem::Problem,
    },
    state::AppState,
};

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`: those who are signed in already go where they wanted to.
pub(super) async fn show(
    State(state): State<AppState>,
    mut guest: Guest,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    if guest.visitor.is_some() {
        return Ok(Redirect::to(LocalPath::parse(&wanted.next).as_str()).into_response());
    }
    let done = guest.reply.told().await?;
    let form = guest.reply.fill(FormState::default().with("next", wanted.next));
    Ok(guest.reply.show(page(&state, form, done)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInForm {
    username: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`: 303 to `next`, or the page again with what was wrong (401).
pub(super) async fn sign_in(
    State(state): State<AppState>,
    browser: Session,
    guest: Guest,
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
            sign_out_of(&state, guest.visitor, &origin).await?;
            session::begin(&browser, sign_in).await?;
            if json {
                return Ok(StatusCode::NO_CONTENT.into_response());
            }
            Ok(Redirect::to(LocalPath::parse(&form.next).as_str()).into_response())
        }
        Err(error) if json => Err(error.into()),
        Err(error) => {
            let typed = FormState::default()
                .with("username", form.username)
                .with("next", form.next);
            let again = |error| page(&state, typed.refused(error), None);
            Ok(guest.reply.refuse(error, again).await)
        }
    }
}

/// `POST /sign-out`: 303 to the sign-in page. Signing out when nobody is signed in is no error.
pub(super) async fn sign_out(
    State(state): State<AppState>,
    browser: Session,
    Visitor(visitor): Visitor,
    origin: Origin,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    sign_out_of(&state, visitor, &origin).await?;
    session::end(&browser).await?;
    if wants_json(&headers) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Redirect::to(routes::SIGN_IN).into_response())
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

fn page(state: &AppState, form: FormState, done: Option<String>) -> app::server_rendered::ServerRenderedPage {
    pages::sign_in(SignIn {
        form,
        registration: state.config.accounts.registration == Registration::Open,
        done,
    })
}
