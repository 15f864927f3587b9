//! What browser and server share: the wire types, the table of paths, the pages and their components.
//! Compiles to WASM (`hydrate`) and natively (`ssr`).

// A page is one value whose type is as deep as its elements are nested.
#![recursion_limit = "512"]
#![expect(clippy::needless_pass_by_value, reason = "a component owns its props")]

pub mod browser;
pub mod chunk;
pub mod contract;
pub mod features;
pub mod format;
pub mod layout;
pub mod navigation;
pub mod rest;
pub mod routes;
pub mod server_rendered;
pub mod ui;

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Redirect, Route, Router, Routes},
    path,
};

use features::{
    auth::viewer::provide_viewer,
    files::{effects::provide_effects, page::FilesPage, storage_address::provide_storage_address},
    jobs::{JobPanel, provide_jobs},
    uploads::{UploadPanel, provide_uploads},
};
use layout::{not_found::NotFound, page_title::TitleFormat, theme};
use server_rendered::{EntrancePage, MemberPage, enhance};
use ui::toast::{ToastRegion, use_toasts};

/// The document around the app, rendered by the server only. Scripts carry the request's nonce; there is no
/// inline style anywhere, so that the content security policy needs no `unsafe-inline`.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#f6f7f9" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#12161b" media="(prefers-color-scheme: dark)" />
                <script nonce=use_nonce() inner_html=theme::BEFORE_PAINT></script>
                <HashedStylesheet options=options.clone() id="style" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Everything inside `<body>`: what the server renders and the browser hydrates.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_viewer();
    ui::toast::provide_toasts();
    provide_uploads();
    provide_storage_address();
    provide_effects();
    provide_jobs();
    navigation::provide_revisits();

    view! {
        <TitleFormat />
        <Router>
            <Pages />
        </Router>
    }
}

#[component]
fn Pages() -> impl IntoView {
    let go = navigation::use_navigator();
    let toasts = use_toasts();
    // For tests, and for anything else that must know when the page begins to answer.
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
        // Kept for as long as the document is.
        window_event_listener_untyped("pageshow", |_| enhance::resume());
    });
    view! {
        // Seen before the router's own listener, which would decode addresses that must stay encoded.
        <div
            class="app"
            on:click=move |event| {
                navigation::follow_link(&event, go);
                enhance::click(&event, toasts);
            }
            on:input=|event| enhance::input(&event)
            on:submit=|event| enhance::submit(&event)
        >
            <Routes fallback=NotFound>
                // Rendered whole before they are sent: these pages must read well without script.
                <Route path=path!("/files/*path") view=FilesPage ssr=SsrMode::Async />
                <Route path=path!("/files") view=FilesPage ssr=SsrMode::Async />
                <Route path=path!("/teams/*path") view=FilesPage ssr=SsrMode::Async />
                <Route path=path!("/storage/server/*path") view=FilesPage ssr=SsrMode::Async />
                <Route path=path!("/storage/properties/*page") view=MemberPage ssr=SsrMode::Async />
                <Route path=path!("/storage") view=MemberPage ssr=SsrMode::Async />
                <Route path=path!("/settings/*page") view=MemberPage ssr=SsrMode::Async />
                <Route path=path!("/admin/*page") view=MemberPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=EntrancePage ssr=SsrMode::Async />
                <Route path=path!("/register") view=EntrancePage ssr=SsrMode::Async />
                <Route path=path!("/confirm") view=EntrancePage ssr=SsrMode::Async />
                // Posted to only; what is refused there is told there.
                <Route path=path!("/confirm/resend") view=EntrancePage ssr=SsrMode::Async />
                <Route path=path!("/sign-out") view=EntrancePage ssr=SsrMode::Async />
                <Route path=path!("/forgot-password") view=EntrancePage ssr=SsrMode::Async />
                <Route path=path!("/reset-password") view=EntrancePage ssr=SsrMode::Async />
                <Route path=path!("/setup") view=EntrancePage ssr=SsrMode::Async />
                <Route path=path!("/") view=|| view! { <Redirect path=routes::FILES /> } />
            </Routes>
            <div class="dock">
                <JobPanel />
                <UploadPanel />
            </div>
            <ToastRegion />
        </div>
    }
}
