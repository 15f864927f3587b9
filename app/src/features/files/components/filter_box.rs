//! Narrows the open folder to names that contain what is typed. `/` and Ctrl-K lead here.

use leptos::{ev, html, prelude::*, web_sys};
use wasm_bindgen::JsCast;

use crate::ui::{Icon, icon::Name};

#[component]
pub fn FilterBox(filter: RwSignal<String>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            let asked = match event.key().as_str() {
                "/" => !event.ctrl_key() && !event.meta_key() && !is_typing(&event),
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
    view! {
        <div class="search needs-script" role="search">
            <Icon name=Name::Filter />
            <input
                node_ref=input
                type="search"
                class="search-input"
                aria-label="Filter this folder"
                placeholder="Filter this folder"
                autocomplete="off"
                spellcheck="false"
                enterkeyhint="search"
                prop:value=move || filter.get()
                on:input=move |event| filter.set(event_target_value(&event))
                on:keydown=move |event| {
                    match event.key().as_str() {
                        "Escape" => filter.set(String::new()),
                        "Enter" | "ArrowDown" => {
                            event.prevent_default();
                            focus_table();
                        }
                        _ => {}
                    }
                }
            />
            <kbd aria-hidden="true">"/"</kbd>
        </div>
    }
}

/// Whether the key goes into something that is being typed.
fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| {
        element
            .matches("input:not([type=checkbox], [type=radio]), textarea, select, dialog *")
            .unwrap_or(false)
    })
}

fn focus_table() {
    let table = document()
        .query_selector("[role=grid]")
        .ok()
        .flatten()
        .and_then(|table| table.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(table) = table {
        let _ = table.focus();
    }
}
