//! A folder that could not be read: what happened, and what to do.

use leptos::{either::EitherOf3, prelude::*};
use leptos_router::hooks::use_location;

use crate::{
    rest::CallError,
    routes,
    ui::{Button, Icon, Variant, icon::Name},
};

#[component]
pub fn ListFailed(failure: CallError, #[prop(into)] retry: Callback<()>) -> impl IntoView {
    let here = use_location().pathname.get_untracked();
    let (title, more) = match &failure {
        CallError::SignedOut => (
            "Your session has ended",
            "Sign in again to go on where you were.".to_owned(),
        ),
        CallError::Unreachable => (
            "Forepeak cannot be reached",
            "Your files are safe. Check your connection, then try again.".to_owned(),
        ),
        CallError::Throttled(_) => (
            "Too many requests at once",
            "Wait a minute, then try again.".to_owned(),
        ),
        CallError::Refused { error, .. } | CallError::Unavailable(Some(error)) => {
            ("This folder could not be opened", error.detail.clone())
        }
        other => ("This folder could not be read", other.to_string()),
    };
    let action = match failure {
        CallError::SignedOut => EitherOf3::A(view! {
            <a class="button button-primary" href=routes::sign_in(&here) rel="external">
                "Sign in"
            </a>
        }),
        ref failure if failure.is_missing() => EitherOf3::B(view! {
            <a class="button" href=routes::FILES>
                "Go to Home"
            </a>
        }),
        _ => EitherOf3::C(view! {
            <Button variant=Variant::Primary icon=Name::Refresh on_press=move |_| retry.run(())>
                "Try again"
            </Button>
        }),
    };
    view! {
        <div class="state" role="alert">
            <div class="state-icon state-icon-danger">
                <Icon name=Name::Warning />
            </div>
            <h2>{title}</h2>
            <p>{more}</p>
            {action}
        </div>
    }
}
