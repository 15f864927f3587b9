use app::{
    features::auth::{
        pages::{self, Admission},
        types::RegisterRequest,
    },
    routes,
    server_rendered::{FormState, ServerRenderedPage},
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::said;
use crate::{
    config::Registration,
    features::{audit::Origin, auth::pages::Guest},
    http::{
        extract::{Form, Query},
        problem::Problem,
    },
    state::AppState,
};

#[derive(Deserialize)]
pub(super) struct Invited {
    /// From an invitation's link.
    #[serde(default)]
    invitation: String,
}

/// `GET /register`
pub(super) async fn show(
    State(state): State<AppState>,
    mut guest: Guest,
    Query(invited): Query<Invited>,
) -> Response {
    let form = FormState::default().with("invitation", invited.invitation);
    let form = guest.reply.fill(form);
    guest.reply.show(page(&state, form)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterForm {
    username: String,
    password: SecretString,
    #[serde(default)]
    email: String,
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    invitation: String,
}

/// `POST /register`: 303 to the code's page, or to the sign-in page where there is nothing to confirm.
pub(super) async fn register(
    State(state): State<AppState>,
    guest: Guest,
    origin: Origin,
    Form(form): Form<RegisterForm>,
) -> Result<Response, Problem> {
    let request = RegisterRequest {
        username: form.username.clone(),
        password: form.password.expose_secret().to_owned(),
        email: said(&form.email),
        full_name: said(&form.full_name),
        role: None,
        invitation: said(&form.invitation),
    };
    let waits = request.email.is_some();
    match state.auth.register(request, &origin).await {
        Ok((id, username)) if waits => {
            let confirm = routes::confirm(username.as_str());
            Ok(Redirect::to(&format!("{confirm}&registration={id}")).into_response())
        }
        Ok((_, username)) => {
            let done = format!("The account {} is ready. Sign in with it.", username.as_str());
            guest.reply.done(routes::SIGN_IN, done).await
        }
        Err(error) => {
            let typed = FormState::default()
                .with("username", form.username)
                .with("email", form.email)
                .with("full_name", form.full_name)
                .with("invitation", form.invitation);
            let again = |error| page(&state, typed.refused(error));
            Ok(guest.reply.refuse(error, again).await)
        }
    }
}

pub(super) fn page(state: &AppState, form: FormState) -> ServerRenderedPage {
    let accounts = &state.config.accounts;
    let admission = match accounts.registration {
        Registration::Closed => Admission::Closed,
        _ if !form.value("invitation").is_empty() => Admission::Invited,
        Registration::Invite => Admission::InvitedOnly,
        Registration::Open if accounts.without_email => Admission::Anyone,
        Registration::Open => Admission::Address,
    };
    pages::register(form, admission)
}
