//! Work under way.

use leptos::prelude::*;

/// A turning ring. Says nothing to screen readers: the words beside it do.
#[component]
pub fn Spinner() -> impl IntoView {
    view! { <span class="spinner" aria-hidden="true"></span> }
}

/// A bar from 0 to 1; `None` while it is not known how much there is to do.
#[component]
pub fn Progress(#[prop(into)] label: String, #[prop(into)] fraction: Signal<Option<f64>>) -> impl IntoView {
    view! {
        <progress
            class="progress"
            aria-label=label
            max="1"
            value=move || fraction.get().map(|fraction| format!("{fraction:.4}"))
        ></progress>
    }
}
