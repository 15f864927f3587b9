//! Takes files dropped or pasted anywhere on the page.

use leptos::{ev, prelude::*, web_sys::DragEvent};

use crate::{
    features::uploads::{Target, handle::holds_files, use_uploads},
    ui::{Icon, icon::Name},
};

/// While it is in the page, what is dropped or pasted goes to `target`, which `name` calls by its name.
#[component]
pub fn DropZone(#[prop(into)] target: Signal<Target>, #[prop(into)] name: Signal<String>) -> impl IntoView {
    let uploads = use_uploads();
    // Every element under the pointer says that it was entered and left; the drag is over when all were left.
    let depth = RwSignal::new(0_i32);
    Effect::new(move |_| {
        let brings_files = |event: &DragEvent| {
            event
                .data_transfer()
                .is_some_and(|transfer| holds_files(&transfer))
        };
        let listeners = [
            window_event_listener(ev::dragenter, move |event| {
                if brings_files(&event) {
                    depth.update(|depth| *depth += 1);
                }
            }),
            window_event_listener(ev::dragleave, move |event| {
                if brings_files(&event) {
                    depth.update(|depth| *depth = (*depth - 1).max(0));
                }
            }),
            window_event_listener(ev::dragover, move |event| {
                if brings_files(&event) {
                    // Without this the browser would open the file instead.
                    event.prevent_default();
                    if let Some(transfer) = event.data_transfer() {
                        transfer.set_drop_effect("copy");
                    }
                }
            }),
            window_event_listener(ev::drop, move |event| {
                depth.set(0);
                uploads.on_drop(&event, target.get_untracked());
            }),
            window_event_listener(ev::paste, move |event| {
                if let Some(event) = wasm_bindgen::JsCast::dyn_ref(&event) {
                    uploads.on_paste(event, target.get_untracked());
                }
            }),
        ];
        on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    });
    view! {
        <Show when=move || { depth.get() > 0 }>
            <div class="drop-veil" aria-hidden="true">
                <div class="drop-target">
                    <Icon name=Name::Upload />
                    <strong>
                        "Upload to " <bdi>{move || name.get()}</bdi>
                    </strong>
                    <span>"Files and whole folders"</span>
                </div>
            </div>
        </Show>
    }
}
