//! The field of a form that takes one name, of a file or a folder.

use leptos::{html, prelude::*};

use crate::ui::field::FieldError;

#[component]
pub fn NameField(
    label: &'static str,
    /// What is in the field at first.
    #[prop(optional)]
    value: String,
    input: NodeRef<html::Input>,
    /// Why the name cannot be taken. It goes away when somebody types.
    error: RwSignal<Option<String>>,
) -> impl IntoView {
    let is_wrong = move || error.with(Option::is_some);
    view! {
        <div class="field">
            <label class="field-label" for="entry-name">
                {label}
            </label>
            <input
                node_ref=input
                id="entry-name"
                class="input"
                type="text"
                autocomplete="off"
                autofocus
                prop:value=value
                aria-invalid=move || is_wrong().then_some("true")
                aria-describedby=move || is_wrong().then_some("entry-name-error")
                on:input=move |_| error.set(None)
            />
            <FieldError id="entry-name-error" error />
        </div>
    }
}

/// What is in the field now.
pub fn typed(input: NodeRef<html::Input>) -> String {
    input
        .get_untracked()
        .map(|input| input.value())
        .unwrap_or_default()
}
