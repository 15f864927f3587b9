//! Narrows the open folder while one types; Enter looks inside its folders too. `/` and Ctrl-K lead here. Without
//! script it is a form that asks for the results.

use leptos::{ev, html, prelude::*, web_sys};
use wasm_bindgen::JsCast;

use crate::{
    browser,
    features::{auth::viewer::use_viewer, files::model::address::Address},
    navigation::use_navigator,
    routes,
    ui::{Icon, icon::Name},
};

#[component]
pub fn SearchBox(
    /// The folder in which is searched, and what was searched for last.
    #[prop(into)]
    address: Signal<Option<Address>>,
    /// What is typed.
    text: RwSignal<String>,
) -> impl IntoView {
    let go = use_navigator();
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            let asked = match event.key().as_str() {
                "/" => !event.ctrl_key() && !event.meta_key() && !browser::is_typing(&event),
                "k" | "K" => event.ctrl_key() || event.meta_key(),
                _ => false,
            };
            if asked
                && !event.default_prevented()
                && let Some(input) = input.get_untracked()
            {
                event.prevent_default();
                let _ = input.focus();
                input.select();
            }
        });
        on_cleanup(move || listener.remove());
    });
    let here = move || address.get().unwrap_or_default();
    let action = move || {
        let here = here();
        routes::folder(&here.drive, &here.path)
    };
    let viewer = StoredValue::new(use_viewer());
    let placeholder = move || {
        let here = here();
        let top = viewer.with_value(|viewer| Some(viewer.as_ref()?.name_of(&here.drive)));
        format!("Search {}", here.title(&top.unwrap_or_default()))
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let here = here();
        let wanted = text.with_untracked(|text| text.trim().to_owned());
        if !wanted.is_empty() {
            go.to(here.search(wanted).href());
        } else if here.search.is_some() {
            go.to(here.folder(here.path.clone()).href());
        }
    };
    let escape = move || {
        let here = here();
        text.set(String::new());
        if here.search.is_some() {
            go.to(here.folder(here.path.clone()).href());
        }
    };
    view! {
        <form class="search" role="search" method="get" action=action on:submit=submit>
            <Icon name=Name::Search />
            <input
                node_ref=input
                type="search"
                name="search"
                class="search-input"
                aria-label="Search"
                aria-describedby="search-hint"
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                enterkeyhint="search"
                maxlength="256"
                value=move || text.get()
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
                on:keydown=move |event| {
                    match event.key().as_str() {
                        "Escape" => escape(),
                        "ArrowDown" => {
                            event.prevent_default();
                            focus_entries();
                        }
                        _ => {}
                    }
                }
            />
            <kbd aria-hidden="true">"/"</kbd>
            <span id="search-hint" class="visually-hidden">
                "Narrows this folder while you type. Enter searches inside its folders too."
            </span>
        </form>
    }
}

/// To the table, or to the first result.
fn focus_entries() {
    let entries = document()
        .query_selector("[role=grid], .hit-name")
        .ok()
        .flatten()
        .and_then(|entries| entries.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(entries) = entries {
        let _ = entries.focus();
    }
}
