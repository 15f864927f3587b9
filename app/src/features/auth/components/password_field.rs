//! A password input that can show what is typed.

use leptos::prelude::*;

use crate::{
    features::auth::strength::Strength,
    ui::{Field, Icon, icon::Name},
};

/// The toggle appears where there is script to make it work (`server_rendered::enhance`).
#[component]
pub fn PasswordField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// `current-password` or `new-password`. A new one is judged while it is typed.
    autocomplete: &'static str,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional)] autofocus: bool,
    /// Filled in from what follows the `#` of the address: `#NAME=VALUE`.
    #[prop(optional)]
    from_fragment: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let hint_id = format!("{id}-hint");
    let is_new = autocomplete == "new-password";
    let invalid = error.is_some();
    let described_by: Vec<String> = [
        invalid.then(|| format!("{id}-error")),
        is_new.then(|| hint_id.clone()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let described_by = (!described_by.is_empty()).then(|| described_by.join(" "));
    view! {
        <Field id=id.clone() label error>
            <div class="input-group">
                <input
                    id=id
                    class="input"
                    name=name
                    type="password"
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    minlength=is_new.then_some("8")
                    autofocus=autofocus
                    aria-invalid=invalid.then_some("true")
                    aria-describedby=described_by
                    data-strength=is_new.then(|| hint_id.clone())
                    data-from-fragment=from_fragment.then_some("")
                />
                <button
                    type="button"
                    class="input-group-button needs-script"
                    aria-pressed="false"
                    aria-label="Show password"
                    title="Show password"
                    data-reveal=""
                >
                    <Icon name=Name::Eye />
                    <Icon name=Name::EyeOff />
                </button>
            </div>
            {is_new
                .then(|| {
                    view! {
                        <p class="field-hint strength" id=hint_id.clone() role="status" data-level="none">
                            {Strength::Empty.to_string()}
                        </p>
                    }
                })}
        </Field>
    }
}
