use app::{
    features::auth::{pages, types_password::ForgotPasswordRequest},
    routes::{self, Query as Pairs},
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    features::{audit::Origin, auth::pages::Guest},
    http::{extract::Form, problem::Problem},
    state::AppState,
};

/// `GET /forgot-password`
pub(super) async fn show(mut guest: Guest) -> Response {
    let form = guest.reply.fill(FormState::default());
    guest.reply.show(pages::forgot(form)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForgotForm {
    username: String,
}

/// `POST /forgot-password`: 303 to the page that takes the code, whether or not there is such an account.
pub(super) async fn forgot(
    State(state): State<AppState>,
    guest: Guest,
    origin: Origin,
    Form(form): Form<ForgotForm>,
) -> Result<Response, Problem> {
    let request = ForgotPasswordRequest {
        username: form.username.clone(),
    };
    match state.auth.forgot_password(request, &origin).await {
        Ok(()) => {
            // Of an address the account's name is not told here; the mail tells it.
            let known = if form.username.contains('@') {
                ""
            } else {
                form.username.trim()
            };
            let reset = Pairs::default().with("username", known);
            let done = "If there is such an account with a confirmed address, a code is on its way there.";
            let location = format!("{}?{reset}", routes::RESET_PASSWORD);
            guest.reply.done(&location, done).await
        }
        Err(error) => {
            let typed = FormState::default().with("username", form.username);
            let again = |error| pages::forgot(typed.refused(error));
            Ok(guest.reply.refuse(error, again).await)
        }
    }
}
