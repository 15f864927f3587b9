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
            value=move || fraction.get().map(decimal)
        ></progress>
    }
}

/// Four decimals, written by whole numbers: what writes floating ones takes more room in the browser's first load
/// than this whole folder.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 1, and casts stop at the bounds"
)]
fn decimal(fraction: f64) -> String {
    let parts = (fraction.clamp(0.0, 1.0) * 10_000.0).round() as u32;
    format!("{}.{:04}", parts / 10_000, parts % 10_000)
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn fractions_have_four_decimals() {
        for (fraction, text) in [
            (0.0, "0.0000"),
            (0.5, "0.5000"),
            (0.00004, "0.0000"),
            (0.99996, "1.0000"),
            (7.0, "1.0000"),
        ] {
            assert_eq!(decimal(fraction), text);
        }
    }
}
