use app::{
    features::auth::{pages, types_password::ChangePasswordRequest},
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    features::{audit::Origin, auth::pages::Member},
    http::{extract::Form, problem::Problem},
    state::AppState,
};

/// `GET /settings/password`
pub(super) async fn show(mut member: Member) -> Result<Response, Problem> {
    let done = member.reply.told().await?;
    let form = member.reply.fill(FormState::default());
    let username = member.person.who.username;
    Ok(member.reply.show(pages::password(username, form, done)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordForm {
    current_password: SecretString,
    new_password: SecretString,
    /// For password managers; whose password it is, the session says.
    #[serde(default, rename = "username")]
    _username: String,
}

/// `POST /settings/password`: 303 back. This browser stays signed in.
pub(super) async fn change(
    State(state): State<AppState>,
    member: Member,
    origin: Origin,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let request = ChangePasswordRequest {
        old_password: None,
        current_password: Some(form.current_password.expose_secret().to_owned()),
        new_password: form.new_password.expose_secret().to_owned(),
    };
    let changed = state.auth.change_password(&member.person, request, &origin).await;
    match changed {
        Ok(()) => {
            let done = "Your password is changed. Every other device is signed out.";
            member.reply.done(routes::PASSWORD, done).await
        }
        Err(error) => {
            let username = member.person.who.username;
            let again = |error| pages::password(username, FormState::default().refused(error), None);
            Ok(member.reply.refuse(error, again).await)
        }
    }
}
