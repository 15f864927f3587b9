//! The mark: three crates in the hold of a ship.

use leptos::prelude::*;

#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
            <rect class="logo-ground" width="32" height="32" rx="8" />
            <rect class="logo-crate" x="10.5" y="6.5" width="11" height="8.5" rx="2" />
            <rect class="logo-crate logo-crate-dim" x="5" y="17" width="10" height="8.5" rx="2" />
            <rect class="logo-crate" x="17" y="17" width="10" height="8.5" rx="2" />
        </svg>
    }
}
