use app::{
    features::auth::{pages, types::Me, types_profile::UpdateMeRequest},
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

/// `GET /settings/profile`
pub(super) async fn show(State(state): State<AppState>, mut member: Member) -> Result<Response, Problem> {
    let me = state.auth.me(&member.person.who).await?;
    let done = member.reply.told().await?;
    let form = member.reply.fill(filled(&me));
    Ok(member.reply.show(pages::profile(me, form, done)).await)
}

/// The name, or the address with the password that it needs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileForm {
    full_name: Option<String>,
    email: Option<String>,
    current_password: Option<SecretString>,
}

/// `POST /settings/profile`: 303 back, or to the page that takes the code mailed to a new address.
pub(super) async fn update(
    State(state): State<AppState>,
    member: Member,
    origin: Origin,
    Form(form): Form<ProfileForm>,
) -> Result<Response, Problem> {
    let request = UpdateMeRequest {
        full_name: form.full_name.clone(),
        email: form.email.clone(),
        current_password: form
            .current_password
            .map(|password| password.expose_secret().to_owned()),
    };
    match state.auth.update_me(&member.person, request, &origin).await {
        Ok(me) if form.email.is_some() => {
            let done = "The address takes effect once you enter the code that is on its way there.";
            let location = routes::confirm(&me.username);
            member.reply.done(&location, done).await
        }
        Ok(_) => member.reply.done(routes::PROFILE, "Your name is saved.").await,
        Err(error) => {
            let me = state.auth.me(&member.person.who).await?;
            let mut typed = filled(&me);
            for (name, value) in [("full_name", form.full_name), ("email", form.email)] {
                if let Some(value) = value {
                    typed = typed.with(name, value);
                }
            }
            let again = |error| pages::profile(me, typed.refused(error), None);
            Ok(member.reply.refuse(error, again).await)
        }
    }
}

fn filled(me: &Me) -> FormState {
    FormState::default().with("full_name", me.full_name.clone().unwrap_or_default())
}
