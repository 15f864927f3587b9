//! Texts that people take for the same: in Unicode's two normal forms, and with capitals or without.
//!
//! macOS gives the names of files decomposed (`e` and an accent), everything else writes them composed (`é`). Keys keep
//! the bytes that they were given. These forms serve comparisons only, and the new names that the page sends.

use std::borrow::Cow;

/// The normal form NFC (<https://www.unicode.org/reports/tr15/>).
#[must_use]
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    normal_form(text, Form::Composed).into()
}

/// The normal form NFD.
#[must_use]
pub fn decomposed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    normal_form(text, Form::Decomposed).into()
}

/// What search, filter and order compare: composed, without a difference of case. `Straße`, `STRASSE` and `strasse` are
/// one, whichever way their letters are composed.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Unicode's full case folding but for a few letters (`ı` is an `i` here): a capital that has no small letter of its
    // own, as `ẞ`, and small letters of one capital, as `σ` and `ς`, meet on the way through both cases.
    let folded = decomposed(text)
        .chars()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect::<String>();
    composed(&folded).into_owned()
}

#[derive(Clone, Copy)]
enum Form {
    Composed,
    Decomposed,
}

#[cfg(not(target_arch = "wasm32"))]
fn normal_form(text: &str, form: Form) -> String {
    use unicode_normalization::UnicodeNormalization;

    match form {
        Form::Composed => text.nfc().collect(),
        Form::Decomposed => text.nfd().collect(),
    }
}

/// Calls the browser, which has the tables already.
#[cfg(target_arch = "wasm32")]
fn normal_form(text: &str, form: Form) -> String {
    let form = match form {
        Form::Composed => "NFC",
        Form::Decomposed => "NFD",
    };
    js_sys::JsString::from(text).normalize(form).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_forms_and_cases_of_a_name_are_one() {
        for (one, other) in [
            ("Caf\u{e9}", "cafe\u{301}"),
            ("CAF\u{c9}", "caf\u{e9}"),
            ("Stra\u{df}e", "STRASSE"),
            ("STRA\u{1e9e}E", "strasse"),
            ("ΟΔΟΣ", "οδος"),
            ("οδοσ", "οδος"),
            ("\u{212b}ngstr\u{f6}m", "\u{e5}ngstro\u{308}m"),
            ("\u{fb01}le", "FILE"),
            (
                "\u{d55c}\u{ae00}",
                "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
            ),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("café"), folded("cafe"), "an accent is a difference");
        assert_eq!(composed("cafe\u{301}"), "caf\u{e9}");
        assert_eq!(decomposed("caf\u{e9}"), "cafe\u{301}");
    }

    proptest! {
        #[test]
        fn no_form_and_no_case_is_left(text in "\\PC{0,12}") {
            let once = folded(&text);
            prop_assert_eq!(&folded(&once), &once);
            prop_assert_eq!(&folded(&composed(&text)), &once);
            prop_assert_eq!(&folded(&decomposed(&text)), &once);
        }
    }
}
