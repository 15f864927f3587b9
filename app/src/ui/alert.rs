//! Something the reader must know, in the flow of the page.

use leptos::prelude::*;

use super::{Icon, Sentence, icon::Name};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warning,
    Danger,
}

/// Announced by screen readers: at once when it is a danger, politely otherwise.
#[component]
pub fn Alert(severity: Severity, children: Children) -> impl IntoView {
    let (class, role, icon) = match severity {
        Severity::Info => ("alert", "status", Name::Info),
        Severity::Warning => ("alert alert-warning", "status", Name::Warning),
        Severity::Danger => ("alert alert-danger", "alert", Name::Warning),
    };
    view! {
        <div class=class role=role>
            <Icon name=icon />
            <div>{children()}</div>
        </div>
    }
}

/// Why something failed; nothing while there is no failure.
#[component]
pub fn FailureAlert(#[prop(into)] failure: Signal<Option<String>>) -> impl IntoView {
    move || {
        failure.get().map(|failure| {
            view! {
                <Alert severity=Severity::Danger>
                    <Sentence text=failure />
                </Alert>
            }
        })
    }
}
