//! Saving files from storage. The code that does it is fetched on demand.

use super::save::save;
use crate::{chunk::chunk, ui::toast::Toasts};

chunk! {
    static DOWNLOAD: fn(Vec<String>, Toasts) = tools => save;
}

/// Saves these objects one after the other.
pub fn download(keys: Vec<String>, toasts: Toasts) {
    DOWNLOAD.run(toasts, move |save| save(keys, toasts));
}
