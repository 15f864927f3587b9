//! Says to screen readers what happened, not every percent of it.

use leptos::prelude::*;

use super::words;
use crate::features::uploads::board::use_board;

#[component]
pub fn Announcer() -> impl IntoView {
    let snapshot = use_board().snapshot();
    let text = Memo::new(move |_| snapshot.with(words::announcement));
    view! { <p class="visually-hidden" role="status" aria-live="polite">{move || text.get()}</p> }
}
