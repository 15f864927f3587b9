use leptos::prelude::*;

use crate::{
    contract::ErrorCode,
    features::auth::components::PasswordField,
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Card, Notice},
        fields::TextField,
    },
    ui::{Button, Variant},
};

/// What the sign-in page is made for.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    /// `username` and `next`.
    pub form: FormState,
    /// Whether strangers may make an account.
    pub registration: bool,
    /// What has just been done, such as a password that was reset.
    pub done: Option<String>,
}

/// `/sign-in`
#[must_use]
pub fn sign_in(page: SignIn) -> ServerRenderedPage {
    ServerRenderedPage::new("Sign in", move || view! { <Page page=page.clone() /> })
}

#[component]
fn Page(page: SignIn) -> impl IntoView {
    let form = page.form;
    let error = match form.error().map(|error| error.code) {
        Some(ErrorCode::InvalidCredentials) => {
            Some("That username and password do not match. Check both and try again.".to_owned())
        }
        _ => form.form_error(&["username", "password"]),
    };
    let unconfirmed = form
        .error()
        .is_some_and(|error| error.code == ErrorCode::EmailNotVerified);
    let known_username = !form.value("username").is_empty();
    view! {
        <Card heading="Sign in to your files">
            <Notice done=page.done error />
            {unconfirmed
                .then(|| {
                    view! {
                        <a class="button" href=routes::confirm(&form.value("username"))>
                            "Enter the code from the mail"
                        </a>
                    }
                })}
            <form method="post" action=routes::SIGN_IN class="stack">
                <input type="hidden" name="next" value=form.value("next") />
                <TextField
                    form=form.clone()
                    name="username"
                    label="Username"
                    autocomplete="username"
                    autofocus=!known_username
                />
                <PasswordField
                    name="password"
                    label="Password"
                    autocomplete="current-password"
                    error=form.field_error("password")
                    autofocus=known_username
                />
                <Button variant=Variant::Primary submit=true wide=true>
                    "Sign in"
                </Button>
            </form>
            <p class="entrance-links">
                <a href=routes::FORGOT_PASSWORD>"Forgot your password?"</a>
                {page.registration.then(|| view! { <a href=routes::REGISTER>"Create an account"</a> })}
            </p>
        </Card>
        <p class="entrance-note">"Your files go straight between this browser and storage."</p>
    }
}
