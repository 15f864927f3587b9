//! Errors as a line of text, for logs and messages.

use std::error::Error;

/// The error and what is beneath it, from the outside in, without what repeats and without line breaks.
#[must_use]
pub fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text.replace(['\r', '\n'], " ")
}

/// What is at the bottom of it.
#[must_use]
pub fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root.to_string().replace(['\r', '\n'], " ")
}
