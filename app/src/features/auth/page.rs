//! The sign-in page: a plain form that the server answers, so that it works before and without WASM, and password
//! managers recognise it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::{components::PasswordField, viewer::use_refused_form};
use crate::{
    contract::ErrorCode,
    routes::{self, Query},
    ui::{Alert, Button, Field, Kind, Logo, Variant},
};

#[component]
pub fn SignInPage() -> impl IntoView {
    let refused = use_refused_form();
    let search = use_location().search;
    let next = refused.values.get("next").cloned().unwrap_or_else(|| {
        search.with_untracked(|search| Query::parse(search).get("next").unwrap_or_default().to_owned())
    });
    let username = refused.values.get("username").cloned().unwrap_or_default();
    let known_username = !username.is_empty();
    let error = refused.error;
    let field_error = |name: &str| error.as_ref().and_then(|error| error.fields.get(name).cloned());
    let (username_error, password_error) = (field_error("username"), field_error("password"));
    let username_invalid = username_error.is_some();
    // Told once: next to its field when it has one, else above the form.
    let form_error = error
        .as_ref()
        .filter(|error| error.fields.is_empty())
        .map(|error| match error.code {
            ErrorCode::InvalidCredentials => {
                "That username and password do not match. Check both and try again.".to_owned()
            }
            _ => error.detail.clone(),
        });
    let sending = RwSignal::new(false);

    view! {
        <Title text="Sign in" />
        <main class="entrance">
            <div class="entrance-card">
                <div class="entrance-brand">
                    <Logo />
                    <span>"Stowage"</span>
                </div>
                <h1>"Sign in to your files"</h1>
                {form_error.map(|text| view! { <Alert kind=Kind::Danger>{text}</Alert> })}
                <form
                    method="post"
                    action=routes::SIGN_IN
                    class="stack"
                    on:submit=move |_| sending.set(true)
                >
                    <input type="hidden" name="next" value=next />
                    <Field id="field-username" label="Username" error=username_error>
                        <input
                            id="field-username"
                            class="input"
                            name="username"
                            type="text"
                            value=username
                            autocomplete="username"
                            autocapitalize="off"
                            spellcheck="false"
                            required
                            autofocus=!known_username
                            aria-invalid=username_invalid.then_some("true")
                            aria-describedby=username_invalid.then_some("field-username-error")
                        />
                    </Field>
                    <PasswordField
                        name="password"
                        label="Password"
                        autocomplete="current-password"
                        error=password_error
                        autofocus=known_username
                    />
                    <Button variant=Variant::Primary submit=true busy=sending wide=true>
                        "Sign in"
                    </Button>
                </form>
            </div>
            <p class="entrance-note">"Your files go straight between this browser and storage."</p>
        </main>
    }
}
