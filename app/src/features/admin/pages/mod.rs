//! The pages of admins.

mod user;
mod users;

use leptos::prelude::*;

pub use user::user;
pub use users::users;

use super::types::UserStatus;
use crate::{
    features::auth::types::Role,
    routes,
    server_rendered::components::{Notice, Tabs},
};

const PAGES: &[(&str, &str)] = &[
    (routes::USERS, "Users"),
    (routes::TEAMS, "Teams"),
    (routes::INVITATIONS, "Invitations"),
    (routes::AUDIT, "Audit log"),
];

/// What stands around each page of the administration.
#[component]
pub fn Administration(
    /// The address of the page, one of those above.
    current: &'static str,
    #[prop(optional_no_strip)] done: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="pane-inner pane-wide">
            <h1>"Administration"</h1>
            <Tabs label="Administration" pages=PAGES current />
            <Notice done error />
            {children()}
        </div>
    }
}

#[component]
fn RoleBadge(role: Role) -> impl IntoView {
    match role {
        Role::Admin => view! { <span class="badge badge-accent">"Administrator"</span> },
        Role::User => view! { <span class="badge">"User"</span> },
    }
}

#[component]
fn StatusBadge(status: UserStatus) -> impl IntoView {
    match status {
        UserStatus::Active => view! { <span class="badge">"Active"</span> },
        UserStatus::Disabled => view! { <span class="badge badge-danger">"Disabled"</span> },
    }
}
