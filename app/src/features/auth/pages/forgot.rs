use leptos::prelude::*;

use crate::{
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Card, Notice},
        fields::TextField,
    },
    ui::{Button, Variant},
};

/// `/forgot-password`. The field is `username`, which may be an e-mail address.
#[must_use]
pub fn forgot(form: FormState) -> ServerRenderedPage {
    ServerRenderedPage::new("Forgot your password", move || {
        let error = form.form_error(&["username"]);
        view! {
            <Card heading="Forgot your password?">
                <Notice done=None error />
                <p class="entrance-about">
                    "We mail a code to the confirmed address of your account. With it you choose a new password."
                </p>
                <form method="post" action=routes::FORGOT_PASSWORD class="stack">
                    <TextField
                        form
                        name="username"
                        label="Username or e-mail address"
                        autocomplete="username"
                        autofocus=true
                    />
                    <Button variant=Variant::Primary submit=true wide=true>
                        "Mail me a code"
                    </Button>
                </form>
                <p class="entrance-links">
                    <a href=routes::SIGN_IN>"Back to sign in"</a>
                    <a href=routes::RESET_PASSWORD>"I have a code"</a>
                </p>
            </Card>
        }
    })
}
