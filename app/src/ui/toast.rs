//! Short messages about what just happened, read aloud politely, gone after a while.

use std::time::Duration;

use leptos::prelude::*;

use super::{Icon, IconButton, icon::Name};

/// Errors stay until they are dismissed; the rest as long as they take to read.
const SHOWN_FOR: Duration = Duration::from_secs(6);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    id: u64,
    text: String,
    is_error: bool,
}

/// Shows toasts. Given by context.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next_id: StoredValue<u64>,
}

pub fn provide_toasts() {
    provide_context(Toasts::new());
}

#[must_use]
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(Toasts::new)
}

impl Toasts {
    fn new() -> Self {
        Self {
            shown: RwSignal::new(Vec::new()),
            next_id: StoredValue::new(0),
        }
    }

    pub fn done(self, text: impl Into<String>) {
        let id = self.push(text.into(), false);
        set_timeout(move || self.dismiss(id), SHOWN_FOR);
    }

    pub fn error(self, text: impl Into<String>) {
        self.push(text.into(), true);
    }

    fn push(self, text: String, is_error: bool) -> u64 {
        let id = self.next_id.get_value();
        self.next_id.set_value(id + 1);
        // The same words twice would be noise.
        self.shown.update(|shown| {
            shown.retain(|toast| toast.text != text);
            shown.push(Toast { id, text, is_error });
        });
        id
    }

    fn dismiss(self, id: u64) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Where toasts appear; a live region, so it must be in the page before the first of them.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <div class="toast" class:toast-error=toast.is_error>
                    <Icon name=if toast.is_error { Name::Warning } else { Name::Check } />
                    <span>{toast.text}</span>
                    <IconButton icon=Name::Close label="Dismiss" on_press=move |_| toasts.dismiss(toast.id) />
                </div>
            </For>
        </div>
    }
}
