use leptos::prelude::*;

use crate::{
    features::auth::components::PasswordField,
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Card, Notice},
        fields::{CodeField, TextField},
    },
    ui::{Button, Variant},
};

/// `/reset-password`. The field that is kept is `username`.
#[must_use]
pub fn reset(form: FormState, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new("Choose a new password", move || {
        let known = !form.value("username").is_empty();
        let error = form.form_error(&["username", "code", "new_password"]);
        view! {
            <Card heading="Choose a new password">
                <Notice done error />
                <form method="post" action=routes::RESET_PASSWORD class="stack">
                    <TextField
                        form=form.clone()
                        name="username"
                        label="Username"
                        autocomplete="username"
                        hint="The mail with the code names it."
                        autofocus=!known
                    />
                    <CodeField form=form.clone() autofocus=known />
                    <PasswordField
                        name="new_password"
                        label="New password"
                        autocomplete="new-password"
                        error=form.field_error("new_password")
                    />
                    <p class="field-hint">"Every device that is signed in will be signed out, and all your API keys will be deleted."</p>
                    <Button variant=Variant::Primary submit=true wide=true>
                        "Set the password"
                    </Button>
                </form>
                <p class="entrance-links">
                    <a href=routes::FORGOT_PASSWORD>"Mail me another code"</a>
                    <a href=routes::SIGN_IN>"Back to sign in"</a>
                </p>
            </Card>
        }
    })
}
