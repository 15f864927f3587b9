//! The frame of every page for people who are signed in: rail, top bar, content.

use leptos::prelude::*;

use super::account::AccountMenu;
use crate::{
    features::auth::port::Viewer,
    routes,
    ui::{Icon, Logo, icon::Name},
};

#[component]
pub fn Frame(
    viewer: Viewer,
    /// Between the logo and the account in the top bar.
    #[prop(into)]
    top: ViewFn,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="skip" href="#content" rel="external">
            "Skip to content"
        </a>
        <div class="frame">
            <nav class="rail" aria-label="Main">
                <a class="brand" href=routes::FILES>
                    <Logo />
                    <span>"Stowage"</span>
                </a>
                <ul>
                    <li>
                        <a class="rail-link" href=routes::FILES aria-current="page">
                            <Icon name=Name::Home />
                            <span>"Home"</span>
                        </a>
                    </li>
                </ul>
            </nav>
            <header class="top">
                <a class="top-brand" href=routes::FILES aria-label="Stowage, home">
                    <Logo />
                </a>
                {top.run()}
                <AccountMenu viewer />
            </header>
            <main id="content" class="content" tabindex="-1">
                {children()}
            </main>
        </div>
    }
}
