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

/// Who may open an account, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Anyone, with an e-mail address that is confirmed.
    Address,
    /// Anyone; an e-mail address helps when the password is forgotten.
    Anyone,
    /// Whoever holds the invitation that the form carries.
    Invited,
    /// Only the invited, and this is none of them.
    InvitedOnly,
    /// Nobody.
    Closed,
}

/// `/register`. The fields are `username`, `email`, `full_name` and, hidden, `invitation`.
#[must_use]
pub fn register(form: FormState, admission: Admission) -> ServerRenderedPage {
    ServerRenderedPage::new("Create an account", move || view! { <Page form admission /> })
}

#[component]
fn Page(form: FormState, admission: Admission) -> impl IntoView {
    let refusal = match admission {
        Admission::InvitedOnly => {
            Some("Accounts on this server are by invitation. Ask an administrator for one.")
        }
        Admission::Closed => Some("This server takes no new accounts. Ask an administrator."),
        Admission::Address | Admission::Anyone | Admission::Invited => None,
    };
    if let Some(refusal) = refusal {
        return view! {
            <Card heading="Create an account">
                <p>{refusal}</p>
                <a class="button button-primary button-wide" href=routes::SIGN_IN>
                    "Sign in"
                </a>
            </Card>
        }
        .into_any();
    }
    let error = form.form_error(&["username", "email", "full_name", "password"]);
    let first = form.value("username").is_empty();
    view! {
        <Card heading="Create an account">
            <Notice done=None error />
            <form method="post" action=routes::REGISTER class="stack">
                {(admission == Admission::Invited)
                    .then(|| view! { <input type="hidden" name="invitation" value=form.value("invitation") /> })}
                <TextField
                    form=form.clone()
                    name="username"
                    label="Username"
                    autocomplete="username"
                    hint="3 to 50 letters, digits and . _ - @ +"
                    autofocus=first
                />
                {(admission != Admission::Invited)
                    .then(|| {
                        let optional = admission == Admission::Anyone;
                        let (label, hint) = if optional {
                            ("E-mail address (optional)", "A forgotten password can be reset with it. We mail a code to confirm it.")
                        } else {
                            ("E-mail address", "We mail a code to confirm it.")
                        };
                        view! {
                            <TextField
                                form=form.clone()
                                name="email"
                                label
                                kind="email"
                                autocomplete="email"
                                hint
                                optional
                            />
                        }
                    })}
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
                    "Create account"
                </Button>
            </form>
            <p class="entrance-links">
                <a href=routes::SIGN_IN>"Sign in instead"</a>
            </p>
        </Card>
    }
    .into_any()
}
