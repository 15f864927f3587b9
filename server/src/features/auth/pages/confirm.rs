use app::{
    contract::UserId,
    features::auth::{
        pages,
        types_registration::{ConfirmRequest, ResendCodeRequest},
    },
    routes::{self, Query as Pairs},
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::{Deserialize, de::IgnoredAny};

use super::said;
use crate::{
    features::{audit::Origin, auth::pages::Guest},
    http::{
        extract::{Form, Query},
        problem::Problem,
    },
    state::AppState,
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Waiting {
    username: String,
    /// The id that registering answered; empty where it is not known.
    registration: String,
    /// Never taken from an address bar: it would be in the history of the browser.
    #[serde(skip)]
    email: String,
}

impl Waiting {
    fn form(self) -> FormState {
        FormState::default()
            .with("username", self.username)
            .with("registration", self.registration)
            .with("email", self.email)
    }

    fn address(&self) -> Option<String> {
        Some(self.email.trim().to_owned()).filter(|email| !email.is_empty())
    }

    /// One that is not an id is as good as none: the code alone decides.
    fn id(&self) -> Option<UserId> {
        self.registration.parse().ok()
    }
}

/// `GET /confirm`
pub(super) async fn show(mut guest: Guest, Query(waiting): Query<Waiting>) -> Result<Response, Problem> {
    let done = guest.reply.told().await?;
    let form = guest.reply.fill(waiting.form());
    Ok(guest.reply.show(pages::confirm(form, done)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmForm {
    username: String,
    code: String,
    #[serde(default)]
    registration: String,
    #[serde(default)]
    email: String,
}

/// `POST /confirm`: 303 to where the account can be used.
pub(super) async fn confirm(
    State(state): State<AppState>,
    guest: Guest,
    origin: Origin,
    Form(form): Form<ConfirmForm>,
) -> Result<Response, Problem> {
    let waiting = Waiting {
        username: form.username,
        registration: form.registration,
        email: form.email,
    };
    let request = ConfirmRequest {
        username: waiting.username.clone(),
        code: form.code,
        email: waiting.address(),
        user_id: waiting.id(),
    };
    match state.auth.confirm(request, &origin).await {
        Ok(confirmed) if confirmed.password_required => {
            let done = "Your address is confirmed. Choose a password with the code that is on its way.";
            let reset = Pairs::default().with("username", waiting.username);
            let location = format!("{}?{reset}", routes::RESET_PASSWORD);
            guest.reply.done(&location, done).await
        }
        Ok(_) => {
            let location = if guest.visitor.is_some() {
                routes::PROFILE
            } else {
                routes::SIGN_IN
            };
            guest
                .reply
                .done(location, "Your e-mail address is confirmed.")
                .await
        }
        Err(error) => {
            let again = |error| pages::confirm(waiting.form().refused(error), None);
            Ok(guest.reply.refuse(error, again).await)
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResendForm {
    username: String,
    #[serde(default)]
    registration: String,
    #[serde(default)]
    email: String,
    /// Whatever was typed for it: the button stands in the same form.
    #[serde(default, rename = "code")]
    _code: IgnoredAny,
}

/// `POST /confirm/resend`: 303 back, saying the same whoever waits for a code.
pub(super) async fn resend(
    State(state): State<AppState>,
    guest: Guest,
    origin: Origin,
    Form(form): Form<ResendForm>,
) -> Result<Response, Problem> {
    let waiting = Waiting {
        username: form.username,
        registration: form.registration,
        email: form.email,
    };
    let request = ResendCodeRequest {
        username: waiting.username.clone(),
        user_id: waiting.id(),
        email: waiting.address(),
    };
    match state.auth.resend_code(request, &origin).await {
        Ok(()) => {
            let mut back = Pairs::default().with("username", &*waiting.username);
            if let Some(registration) = said(&waiting.registration) {
                back = back.with("registration", registration);
            }
            let done = "If a registration waits for one, another code is on its way. The one before it is worth nothing now.";
            guest
                .reply
                .done(&format!("{}?{back}", routes::CONFIRM), done)
                .await
        }
        Err(error) => {
            let again = |error| pages::confirm(waiting.form().refused(error), None);
            Ok(guest.reply.refuse(error, again).await)
        }
    }
}
