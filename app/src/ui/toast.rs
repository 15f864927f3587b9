//! Short messages about what just happened, read aloud politely, gone after a while. One may offer to take it back.

use std::{sync::Arc, time::Duration};

use leptos::{ev, prelude::*};

use super::{Button, Icon, IconButton, Sentence, Variant, icon::Name};
use crate::browser;

/// Errors stay until they are dismissed; the rest as long as they take to read.
const SHOWN_FOR: Duration = Duration::from_secs(6);
/// What can be pressed stays longer, and as long as the pointer or the keyboard is on it.
const OFFERED_FOR: Duration = Duration::from_secs(20);

/// What a toast offers to do.
#[derive(Clone)]
struct Offer {
    label: &'static str,
    act: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Clone)]
struct Toast {
    id: u64,
    text: String,
    is_error: bool,
    offer: Option<Offer>,
}

/// Shows toasts. Given by context.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    /// The toast under the pointer or with the focus.
    held: RwSignal<Option<u64>>,
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
            held: RwSignal::new(None),
            next_id: StoredValue::new(0),
        }
    }

    pub fn done(self, text: impl Into<String>) {
        let id = self.push(text.into(), false, None);
        self.dismiss_after(id, SHOWN_FOR);
    }

    pub fn error(self, text: impl Into<String>) {
        self.push(text.into(), true, None);
    }

    /// Says what was done and offers to undo it, by a button or Ctrl-Z. The page may have moved on when it is asked
    /// for: `act` must not need anything of it.
    pub fn undoable(self, text: impl Into<String>, act: impl Fn() + Send + Sync + 'static) {
        let offer = Offer {
            label: "Undo",
            act: Arc::new(act),
        };
        let id = self.push(text.into(), false, Some(offer));
        self.dismiss_after(id, OFFERED_FOR);
    }

    fn push(self, text: String, is_error: bool, offer: Option<Offer>) -> u64 {
        let id = self.next_id.get_value();
        self.next_id.set_value(id + 1);
        self.shown.update(|shown| {
            // The same words twice would be noise; two things to undo are two.
            shown.retain(|toast| toast.text != text || toast.offer.is_some());
            shown.push(Toast {
                id,
                text,
                is_error,
                offer,
            });
        });
        id
    }

    fn dismiss_after(self, id: u64, time: Duration) {
        set_timeout(
            move || {
                if self.held.get_untracked() == Some(id) {
                    self.dismiss_after(id, SHOWN_FOR);
                } else {
                    self.dismiss(id);
                }
            },
            time,
        );
    }

    fn dismiss(self, id: u64) {
        if self.held.get_untracked() == Some(id) {
            self.held.set(None);
        }
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }

    fn accept(self, id: u64) {
        let offer = self.shown.with_untracked(|shown| {
            let toast = shown.iter().find(|toast| toast.id == id);
            toast.and_then(|toast| toast.offer.clone())
        });
        self.dismiss(id);
        if let Some(offer) = offer {
            (offer.act)();
        }
    }

    /// The last offer that stands.
    fn latest_offer(self) -> Option<u64> {
        self.shown.with_untracked(|shown| {
            let toast = shown.iter().rev().find(|toast| toast.offer.is_some());
            toast.map(|toast| toast.id)
        })
    }
}

/// Where toasts appear; a live region, so it must be in the page before the first of them.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            let undo = (event.ctrl_key() || event.meta_key())
                && !event.shift_key()
                && event.key().eq_ignore_ascii_case("z");
            if undo
                && !event.default_prevented()
                && !browser::is_typing(&event)
                && let Some(id) = toasts.latest_offer()
            {
                event.prevent_default();
                toasts.accept(id);
            }
        });
        on_cleanup(move || listener.remove());
    });
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <ToastView toast />
            </For>
        </div>
    }
}

#[component]
fn ToastView(toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let Toast {
        id,
        text,
        is_error,
        offer,
    } = toast;
    let hold = move || toasts.held.set(Some(id));
    let let_go = move || toasts.held.set(None);
    view! {
        <div
            class="toast"
            class:toast-error=is_error
            on:mouseenter=move |_| hold()
            on:mouseleave=move |_| let_go()
            on:focusin=move |_| hold()
            on:focusout=move |_| let_go()
        >
            <Icon name=if is_error { Name::Warning } else { Name::Check } />
            <span>
                <Sentence text />
            </span>
            {offer
                .map(|offer| {
                    view! {
                        <Button variant=Variant::Quiet on_press=move |_| toasts.accept(id)>
                            {offer.label}
                            <kbd class="toast-key" aria-hidden="true">
                                "Ctrl Z"
                            </kbd>
                        </Button>
                    }
                })}
            <IconButton icon=Name::Close label="Dismiss" on_press=move |_| toasts.dismiss(id) />
        </div>
    }
}
