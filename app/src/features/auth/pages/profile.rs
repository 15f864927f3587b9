use leptos::prelude::*;

use super::settings::Settings;
use crate::{
    features::auth::{
        components::PasswordField,
        types::{Me, Role},
    },
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Section, When},
        fields::TextField,
    },
    ui::{Button, Variant},
};

/// `/settings/profile`: two forms, posted to the same address: `full_name`, or `email` with `current_password`.
#[must_use]
pub fn profile(me: Me, form: FormState, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new("Profile", move || view! { <Page me form done /> })
}

#[component]
fn Page(me: Me, form: FormState, done: Option<String>) -> impl IntoView {
    let error = form.form_error(&["full_name", "email", "current_password"]);
    let (address, about) = match &me.email {
        Some(email) => (
            email.clone(),
            "A forgotten password is reset through this address, and notices about your account go there.",
        ),
        None => (
            "None".to_owned(),
            "Without an address a forgotten password cannot be reset.",
        ),
    };
    let address_form = form.clone();
    let role = match me.role {
        Role::User => "User",
        Role::Admin => "Administrator",
    };
    view! {
        <Settings current=routes::PROFILE done error>
            <Section heading="Account">
                <dl class="pairs">
                    <dt>"Username"</dt>
                    <dd>{me.username}</dd>
                    <dt>"Role"</dt>
                    <dd>{role}</dd>
                    <dt>"Member since"</dt>
                    <dd>
                        <When moment=me.created_at />
                    </dd>
                </dl>
                <form method="post" action=routes::PROFILE class="stack">
                    <TextField
                        form
                        name="full_name"
                        label="Full name"
                        autocomplete="name"
                        optional=true
                    />
                    <Button submit=true>"Save the name"</Button>
                </form>
            </Section>
            <Section heading="E-mail address" about=about.to_owned()>
                <dl class="pairs">
                    <dt>"Confirmed address"</dt>
                    <dd>{address}</dd>
                </dl>
                <form method="post" action=routes::PROFILE class="stack">
                    <TextField
                        form=address_form.clone()
                        name="email"
                        label="New address"
                        kind="email"
                        autocomplete="email"
                        hint="We mail a code there. The address you have stays until you enter it."
                    />
                    <PasswordField
                        name="current_password"
                        label="Your password"
                        autocomplete="current-password"
                        error=address_form.field_error("current_password")
                    />
                    <Button submit=true variant=Variant::Primary>
                        "Change the address"
                    </Button>
                </form>
            </Section>
        </Settings>
    }
}
