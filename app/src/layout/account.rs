//! The account menu: who is signed in, the theme, and the way out.

use leptos::prelude::*;

use super::theme::ThemeSwitch;
use crate::{
    features::auth::port::Viewer,
    routes,
    ui::{Icon, icon::Name},
};

/// A popover rather than a menu: it holds a radio group and a form, which have no place in `role="menu"`. Opens
/// without script.
#[component]
pub fn AccountMenu(viewer: Viewer) -> impl IntoView {
    let initial: String = viewer
        .username
        .chars()
        .take(1)
        .flat_map(char::to_uppercase)
        .collect();
    let label = format!("Account of {}", viewer.username);
    view! {
        <button type="button" class="avatar" popovertarget="account" aria-label=label.clone() title=label>
            <span aria-hidden="true">{initial}</span>
        </button>
        <div id="account" class="menu account" popover="auto">
            <p class="account-name">
                <span>"Signed in as"</span>
                <strong>{viewer.username}</strong>
            </p>
            <ThemeSwitch />
            <a class="menu-item" href=routes::PROFILE>
                <Icon name=Name::Settings />
                <span>"Settings"</span>
            </a>
            <form method="post" action=routes::SIGN_OUT>
                <button type="submit" class="menu-item">
                    <Icon name=Name::SignOut />
                    <span>"Sign out"</span>
                </button>
            </form>
        </div>
    }
}
