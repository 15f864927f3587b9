use app::{
    features::auth::{pages, types_password::ResetPasswordRequest},
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    features::{audit::Origin, auth::pages::Guest},
    http::{
        extract::{Form, Query},
        problem::Problem,
    },
    state::AppState,
};

#[derive(Deserialize)]
pub(super) struct Whose {
    #[serde(default)]
    username: String,
}

/// `GET /reset-password`
pub(super) async fn show(mut guest: Guest, Query(whose): Query<Whose>) -> Result<Response, Problem> {
    let done = guest.reply.told().await?;
    let form = guest
        .reply
        .fill(FormState::default().with("username", whose.username));
    Ok(guest.reply.show(pages::reset(form, done)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetForm {
    username: String,
    code: String,
    new_password: SecretString,
}

/// `POST /reset-password`: 303 to the sign-in page.
pub(super) async fn reset(
    State(state): State<AppState>,
    guest: Guest,
    origin: Origin,
    Form(form): Form<ResetForm>,
) -> Result<Response, Problem> {
    let request = ResetPasswordRequest {
        username: form.username.clone(),
        code: form.code,
        new_password: form.new_password.expose_secret().to_owned(),
    };
    match state.auth.reset_password(request, &origin).await {
        Ok(()) => {
            let done = "Your password is changed, every device is signed out, and all API keys are deleted. \
                        Sign in with the new one.";
            guest.reply.done(routes::SIGN_IN, done).await
        }
        Err(error) => {
            let typed = FormState::default().with("username", form.username);
            let again = |error| pages::reset(typed.refused(error), None);
            Ok(guest.reply.refuse(error, again).await)
        }
    }
}
