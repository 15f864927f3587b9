//! Signs in again within the page when the session ended under running uploads.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};

use crate::{
    features::{
        auth::{components::PasswordField, viewer::use_viewer},
        uploads::{board::use_board, engine::Event},
    },
    rest::{self, CallError},
    ui::{Button, Dialog, FailureAlert, Field, Variant},
};

#[component]
pub fn RenewalDialog() -> impl IntoView {
    let board = use_board();
    let needed = Memo::new(move |_| board.snapshot().with(|s| s.needs_sign_in));
    let put_off = RwSignal::new(false);
    Effect::new(move |_| {
        if !needed.get() {
            put_off.set(false);
        }
    });
    view! {
        <Show when=move || needed.get() && !put_off.get()>
            <Form on_close=move |()| put_off.set(true) />
        </Show>
    }
}

#[component]
fn Form(#[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let board = use_board();
    let username = use_viewer().map(|viewer| viewer.username).unwrap_or_default();
    let (busy, refusal) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let form = NodeRef::<html::Form>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let value = |name: &str| {
            form.get_untracked()
                .and_then(|form| web_sys::FormData::new_with_form(&form).ok())
                .and_then(|data| data.get(name).as_string())
                .unwrap_or_default()
        };
        let (username, password) = (value("username"), value("password"));
        busy.set(true);
        spawn_local(async move {
            let outcome = rest::sign_in(&username, &password).await;
            busy.set(false);
            match outcome {
                Ok(()) => board.command(Event::SignedIn),
                Err(error) => refusal.set(Some(why(&error))),
            }
        });
    };
    view! {
        <Dialog title="Sign in to go on uploading" on_close>
            <p>"Your session has ended. Nothing is lost: the uploads go on as soon as you are back."</p>
            <form class="stack" node_ref=form on:submit=submit>
                <FailureAlert failure=refusal />
                <Field id="renewal-username" label="Username">
                    <input id="renewal-username" class="input" name="username" autocomplete="username" required value=username.clone() />
                </Field>
                <PasswordField name="password" label="Password" autocomplete="current-password" />
                <footer class="dialog-actions">
                    <Button submit=true variant=Variant::Primary busy>
                        "Sign in"
                    </Button>
                </footer>
            </form>
        </Dialog>
    }
}

fn why(error: &CallError) -> String {
    match error {
        CallError::SignedOut => "That is not the right username and password.".to_owned(),
        CallError::Throttled(_) => "Too many attempts. Wait a minute, then try again.".to_owned(),
        error => error.to_string(),
    }
}
