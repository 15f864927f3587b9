//! What stands around each page of the settings.

use leptos::prelude::*;

use crate::{
    routes,
    server_rendered::components::{Notice, Tabs},
};

const PAGES: &[(&str, &str)] = &[
    (routes::PROFILE, "Profile"),
    (routes::PASSWORD, "Password"),
    (routes::DEVICES, "Devices"),
    (routes::API_KEYS, "API keys"),
    (routes::OWN_TEAMS, "Teams"),
];

#[component]
pub fn Settings(
    /// The address of the page, one of those above.
    current: &'static str,
    #[prop(optional_no_strip)] done: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="pane-inner">
            <h1>"Settings"</h1>
            <Tabs label="Settings" pages=PAGES current />
            <Notice done error />
            {children()}
        </div>
    }
}
