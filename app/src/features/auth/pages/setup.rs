use leptos::prelude::*;

use crate::{
    features::auth::components::PasswordField,
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Card, Notice},
        fields::TextField,
    },
    ui::{Button, Variant},
};

/// `/setup`: the first admin. The fields that are kept are `username` and `full_name`.
#[must_use]
pub fn setup(form: FormState) -> ServerRenderedPage {
    ServerRenderedPage::new("Set up this server", move || {
        let error = form.form_error(&["token", "username", "full_name", "password"]);
        view! {
            <Card heading="Set up this server">
                <Notice done=None error />
                <p class="entrance-about">
                    "This makes the first administrator. The setup token is in the server's first output, at the end of the address; it works once."
                </p>
                <form method="post" action=routes::SETUP class="stack">
                    <PasswordField
                        name="token"
                        label="Setup token"
                        autocomplete="off"
                        error=form.field_error("token")
                        autofocus=true
                        from_fragment=true
                    />
                    <TextField
                        form=form.clone()
                        name="username"
                        label="Username"
                        autocomplete="username"
                        hint="3 to 50 letters, digits and . _ - @ +"
                    />
                    <TextField
                        form=form.clone()
                        name="full_name"
                        label="Full name (optional)"
                        autocomplete="name"
                        optional=true
                    />
                    <PasswordField
                        name="password"
                        label="Password"
                        autocomplete="new-password"
                        error=form.field_error("password")
                    />
                    <Button variant=Variant::Primary submit=true wide=true>
                        "Create the administrator"
                    </Button>
                </form>
            </Card>
        }
    })
}
