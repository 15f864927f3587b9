//! The way around: a rail beside the content, or behind a button where there is no room for it.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    features::auth::{port::Viewer, types::Role},
    routes,
    ui::{Icon, Logo, icon::Name},
};

/// The id by which the button opens it.
const RAIL: &str = "rail";

/// On a wide window the stylesheet shows it always; on a narrow one it is a popover, which opens without script.
#[component]
pub fn Rail(viewer: Viewer) -> impl IntoView {
    let pathname = use_location().pathname;
    let link = move |address: &'static str, start: &'static str, icon: Name, words: &'static str| {
        let current = move || {
            pathname
                .with(|pathname| pathname.starts_with(start))
                .then_some("page")
        };
        view! {
            <li>
                <a class="rail-link" href=address aria-current=current>
                    <Icon name=icon />
                    <span>{words}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav id=RAIL class="rail" aria-label="Main" popover="auto">
            <a class="brand" href=routes::FILES>
                <Logo />
                <span>"Forepeak"</span>
            </a>
            <ul>
                {link(routes::FILES, "/files", Name::Home, "Home")}
                {link(routes::PROFILE, routes::SETTINGS, Name::Settings, "Settings")}
                {(viewer.role == Role::Admin).then(|| link(routes::USERS, routes::ADMIN, Name::Users, "Admin"))}
            </ul>
        </nav>
    }
}

/// Opens the rail where it is hidden.
#[component]
pub fn RailButton() -> impl IntoView {
    view! {
        <button type="button" class="icon-button rail-button" popovertarget=RAIL aria-label="Menu" title="Menu">
            <Icon name=Name::Menu />
        </button>
    }
}
