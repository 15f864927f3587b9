use leptos::prelude::*;

use crate::{
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Card, Notice},
        fields::{CodeField, TextField},
    },
    ui::{Button, Variant},
};

/// `/confirm`. The fields are `username` and, hidden, `registration`: the id that registering answered. Where that is
/// not known, as on another device, `email` tells which of the registrations of one name is meant.
#[must_use]
pub fn confirm(form: FormState, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new(
        "Confirm your e-mail address",
        move || view! { <Page form done /> },
    )
}

#[component]
fn Page(form: FormState, done: Option<String>) -> impl IntoView {
    let username = form.value("username");
    let known = !username.is_empty() && form.field_error("username").is_none();
    let error = form.form_error(&["username", "email", "code"]);
    let registration = form.value("registration");
    let asks_address = registration.is_empty();
    view! {
        <Card heading="Confirm your e-mail address">
            <Notice done error />
            <p class="entrance-about">
                "A code is on its way to your mailbox. It can take a minute, and it may have landed among the spam."
            </p>
            <form method="post" action=routes::CONFIRM class="stack">
                <input type="hidden" name="registration" value=registration />
                <TextField
                    form=form.clone()
                    name="username"
                    label="Username"
                    autocomplete="username"
                    readonly=known
                    autofocus=!known
                />
                {asks_address
                    .then(|| {
                        view! {
                            <TextField
                                form=form.clone()
                                name="email"
                                label="E-mail address"
                                kind="email"
                                autocomplete="email"
                                hint="The one that the code was mailed to."
                                optional=true
                            />
                        }
                    })}
                <CodeField form autofocus=known />
                <Button variant=Variant::Primary submit=true wide=true>
                    "Confirm"
                </Button>
                <button type="submit" class="button button-wide" formaction=routes::RESEND_CODE formnovalidate>
                    "Mail another code"
                </button>
            </form>
            <p class="entrance-links">
                <a href=routes::SIGN_IN>"Sign in"</a>
                <a href=routes::REGISTER>"Start again"</a>
            </p>
        </Card>
    }
}
