//! A password input that can show what is typed.

use leptos::{html::Input, prelude::*};

use crate::ui::{Field, Icon, icon::Name};

/// The toggle appears once the page lives: without script it could do nothing.
#[component]
pub fn PasswordField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let input = NodeRef::<Input>::new();
    let id = format!("field-{name}");
    let invalid = error.is_some();
    let described_by = invalid.then(|| format!("{id}-error"));
    view! {
        <Field id=id.clone() label error>
            <div class="input-group">
                <input
                    node_ref=input
                    id=id
                    class="input"
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    autofocus=autofocus
                    aria-invalid=invalid.then_some("true")
                    aria-describedby=described_by
                />
                <button
                    type="button"
                    class="input-group-button needs-script"
                    aria-pressed=move || shown.get().to_string()
                    aria-label="Show password"
                    title=move || if shown.get() { "Hide password" } else { "Show password" }
                    on:click=move |_| {
                        shown.update(|shown| *shown = !*shown);
                        if let Some(input) = input.get_untracked() {
                            // Focus is where typing goes on; a browser that refuses keeps it on the button.
                            let _ = input.focus();
                        }
                    }
                >
                    <Show when=move || shown.get() fallback=|| view! { <Icon name=Name::Eye /> }>
                        <Icon name=Name::EyeOff />
                    </Show>
                </button>
            </div>
        </Field>
    }
}
