//! A labelled form control with its error beside it.

use leptos::prelude::*;

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
