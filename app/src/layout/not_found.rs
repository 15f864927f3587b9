//! The page for addresses that lead nowhere.

use leptos::prelude::*;

use super::page_title::PageTitle;
use crate::{routes, ui::Logo};

/// Answers 404 when the server renders it.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <PageTitle text=|| "Not found".to_owned() />
        <main class="entrance">
            <div class="entrance-card">
                <div class="entrance-brand">
                    <Logo />
                    <span>"Forepeak"</span>
                </div>
                <h1>"There is nothing at this address"</h1>
                <p>"The link may be mistyped, or what it led to has moved."</p>
                <a class="button button-primary button-wide" href=routes::FILES rel="external">
                    "Go to your files"
                </a>
            </div>
        </main>
    }
}
