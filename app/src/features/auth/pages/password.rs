use leptos::prelude::*;

use super::settings::Settings;
use crate::{
    features::auth::components::PasswordField,
    routes,
    server_rendered::{FormState, ServerRenderedPage, components::Section},
    ui::{Button, Variant},
};

/// `/settings/password`
#[must_use]
pub fn password(username: String, form: FormState, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new("Password", move || {
        let error = form.form_error(&["current_password", "new_password"]);
        view! {
            <Settings current=routes::PASSWORD done error>
                <Section
                    heading="Change your password"
                    about="Every other device is signed out at once; this one stays. API keys go on working.".to_owned()
                >
                    <form method="post" action=routes::PASSWORD class="stack">
                        // Password managers file the new one under this name.
                        <input
                            type="text"
                            class="visually-hidden"
                            name="username"
                            value=username
                            autocomplete="username"
                            readonly
                            tabindex="-1"
                            aria-hidden="true"
                        />
                        <PasswordField
                            name="current_password"
                            label="Current password"
                            autocomplete="current-password"
                            error=form.field_error("current_password")
                        />
                        <PasswordField
                            name="new_password"
                            label="New password"
                            autocomplete="new-password"
                            error=form.field_error("new_password")
                        />
                        <Button submit=true variant=Variant::Primary>
                            "Change the password"
                        </Button>
                    </form>
                </Section>
            </Settings>
        }
    })
}
