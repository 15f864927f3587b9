//! A labelled form control with its error beside it.

use leptos::prelude::*;

use super::Sentence;

/// The control itself is the child: it carries `id`, and `aria-describedby="<id>-error"` while there is an error.
#[component]
pub fn Field(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional_no_strip)] error: Option<String>,
    children: Children,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    view! {
        <div class="field">
            <label for=id class="field-label">
                {label}
            </label>
            {children()}
            {error
                .map(|error| {
                    view! {
                        <p class="field-error" id=error_id>
                            {error}
                        </p>
                    }
                })}
        </div>
    }
}

/// What is wrong with what was typed, told as soon as it is known; nothing while all is well. The control's
/// `aria-describedby` names `id` meanwhile.
#[component]
pub fn FieldError(id: &'static str, #[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    move || {
        error.get().map(|error| {
            view! {
                <p class="field-error" id=id role="alert">
                    <Sentence text=error />
                </p>
            }
        })
    }
}
