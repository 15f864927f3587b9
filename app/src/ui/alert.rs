//! Something the reader must know, in the flow of the page.

use leptos::prelude::*;

use super::{Icon, icon::Name};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Info,
    Warning,
    Danger,
}

/// Announced by screen readers: at once when it is a danger, politely otherwise.
#[component]
pub fn Alert(kind: Kind, children: Children) -> impl IntoView {
    let (class, role, icon) = match kind {
        Kind::Info => ("alert", "status", Name::Info),
        Kind::Warning => ("alert alert-warning", "status", Name::Warning),
        Kind::Danger => ("alert alert-danger", "alert", Name::Warning),
    };
    view! {
        <div class=class role=role>
            <Icon name=icon />
            <div>{children()}</div>
        </div>
    }
}
