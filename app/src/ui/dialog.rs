//! A modal dialog on the native `<dialog>`: the browser traps focus, closes on Escape and gives focus back.

use leptos::{html, prelude::*};

use super::{IconButton, Sentence, icon::Name};

/// Open while it is in the page: show it with `<Show>` or a signal, and take it away in `on_close`.
#[component]
pub fn Dialog(
    #[prop(into)] title: String,
    /// The reader wants it gone (Escape, the close button, a press outside).
    #[prop(into)]
    on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            // Fails only where it is already shown or no longer in the page: nothing to do then.
            let _ = dialog.show_modal();
        }
    });
    // Closing gives the focus back to where it was; taking the element away alone would not.
    on_cleanup(move || {
        if let Some(Some(dialog)) = dialog.try_get_untracked() {
            dialog.close();
        }
    });

    view! {
        <dialog
            node_ref=dialog
            class="dialog"
            aria-labelledby="dialog-title"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                on_close.run(());
            }
            on:click=move |event| {
                // Only the backdrop is the dialog itself; its content is a child.
                let itself = dialog.get_untracked().map(|dialog| web_sys::EventTarget::from((*dialog).clone()));
                if event.target() == itself {
                    on_close.run(());
                }
            }
            on:keydown=|event| event.stop_propagation()
        >
            <div class="dialog-body">
                <header class="dialog-head">
                    <h2 id="dialog-title">
                        <Sentence text=title />
                    </h2>
                    <IconButton icon=Name::Close label="Close" on_press=move |_| on_close.run(()) />
                </header>
                {children()}
            </div>
        </dialog>
    }
}
