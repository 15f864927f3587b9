//! The frame of every page for people who are signed in: rail, top bar, content.

use leptos::prelude::*;

use super::{
    account::AccountMenu,
    rail::{Rail, RailButton},
};
use crate::features::auth::port::Viewer;

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
            <Rail viewer=viewer.clone() />
            <header class="top">
                <RailButton />
                {top.run()}
                <AccountMenu viewer />
            </header>
            <main id="content" class="content" tabindex="-1">
                {children()}
            </main>
        </div>
    }
}
