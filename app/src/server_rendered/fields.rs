//! The fields of server-rendered forms: each shows what was typed and what was wrong with it.

use leptos::prelude::*;

use super::FormState;
use crate::ui::Field;

/// What `aria-describedby` names: the error, the hint, or both.
fn described_by(id: &str, error: bool, hint: bool) -> Option<String> {
    let ids: Vec<String> = [
        error.then(|| format!("{id}-error")),
        hint.then(|| format!("{id}-hint")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

#[component]
fn Hint(#[prop(into)] id: String, text: &'static str) -> impl IntoView {
    (!text.is_empty()).then(|| {
        view! {
            <p class="field-hint" id=format!("{id}-hint")>
                {text}
            </p>
        }
    })
}

/// One line of text.
#[component]
pub fn TextField(
    form: FormState,
    name: &'static str,
    #[prop(into)] label: String,
    /// The input's type: `text`, `email`, `search`, `date`, `number`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] optional: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] readonly: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let error = form.field_error(name);
    let invalid = error.is_some();
    let described_by = described_by(&id, invalid, !hint.is_empty());
    view! {
        <Field id=id.clone() label error>
            <input
                id=id.clone()
                class="input"
                name=name
                type=kind
                value=form.value(name)
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                placeholder=placeholder
                required=!optional
                autofocus=autofocus || invalid
                readonly=readonly
                aria-invalid=invalid.then_some("true")
                aria-describedby=described_by
            />
            <Hint id=id text=hint />
        </Field>
    }
}

/// The six digits of a mailed code. Spaces in what is pasted do no harm, with script or without.
#[component]
pub fn CodeField(form: FormState, #[prop(optional)] autofocus: bool) -> impl IntoView {
    let error = form.field_error("code");
    let invalid = error.is_some();
    let described_by = described_by("field-code", invalid, true);
    view! {
        <Field id="field-code" label="Code" error>
            <input
                id="field-code"
                class="input code-input"
                name="code"
                type="text"
                inputmode="numeric"
                autocomplete="one-time-code"
                pattern="[0-9 ]*"
                maxlength="12"
                spellcheck="false"
                required
                autofocus=autofocus || invalid
                data-code=""
                aria-invalid=invalid.then_some("true")
                aria-describedby=described_by
            />
            <Hint id="field-code" text="The six digits from the mail. They are good for ten minutes." />
        </Field>
    }
}

/// One of a few: `(value, words)`.
#[component]
pub fn SelectField(
    form: FormState,
    name: &'static str,
    #[prop(into)] label: String,
    choices: &'static [(&'static str, &'static str)],
    #[prop(optional)] hint: &'static str,
) -> impl IntoView {
    let id = format!("field-{name}");
    let error = form.field_error(name);
    let invalid = error.is_some();
    let chosen = form.value(name);
    let described_by = described_by(&id, invalid, !hint.is_empty());
    view! {
        <Field id=id.clone() label error>
            <select
                id=id.clone()
                class="input select"
                name=name
                aria-invalid=invalid.then_some("true")
                aria-describedby=described_by
            >
                {choices
                    .iter()
                    .map(|(value, words)| {
                        view! {
                            <option value=*value selected=*value == chosen>
                                {*words}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <Hint id=id text=hint />
        </Field>
    }
}
