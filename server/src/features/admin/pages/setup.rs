use app::{
    contract::{ApiError, ErrorCode},
    features::auth::{pages, types_setup::SetupRequest},
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    features::{audit::Origin, auth::pages::Guest},
    http::{extract::Form, problem::Problem},
    state::AppState,
};

/// `GET /setup`: nothing, once there has been an admin.
pub(super) async fn show(State(state): State<AppState>, mut guest: Guest) -> Result<Response, Problem> {
    if !state.administration.awaits_first_admin().await? {
        return Err(Problem::new(ApiError::new(
            ErrorCode::ResourceNotFound,
            "This server is set up already",
        )));
    }
    let form = guest.reply.fill(FormState::default());
    Ok(guest.reply.show(pages::setup(form)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetupForm {
    token: SecretString,
    username: String,
    password: SecretString,
    #[serde(default)]
    full_name: String,
}

/// `POST /setup`: 303 to the sign-in page.
pub(super) async fn set_up(
    State(state): State<AppState>,
    guest: Guest,
    origin: Origin,
    Form(form): Form<SetupForm>,
) -> Result<Response, Problem> {
    let full_name = form.full_name.trim().to_owned();
    let request = SetupRequest {
        token: form.token.expose_secret().trim().to_owned(),
        username: form.username.clone(),
        password: form.password.expose_secret().to_owned(),
        full_name: (!full_name.is_empty()).then_some(full_name),
    };
    match state.administration.set_up(request, &origin).await {
        Ok((_, username)) => {
            let done = format!("The administrator {username} can sign in now.");
            guest.reply.done(routes::SIGN_IN, done).await
        }
        Err(error) => {
            let typed = FormState::default()
                .with("username", form.username)
                .with("full_name", form.full_name);
            let again = |error| pages::setup(typed.refused(error));
            Ok(guest.reply.refuse(error, again).await)
        }
    }
}
