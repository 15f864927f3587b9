//! Downloads files, and folders as a ZIP. The code that does it is fetched on demand.

use super::{
    model::chosen::Chosen,
    save::{save, save_version},
};
use crate::{chunk::chunk, ui::toast::Toasts};

chunk! {
    static DOWNLOAD: fn(Chosen, Toasts) = tools => save;
}

/// Downloads a single file directly, and several files or a folder as one ZIP.
pub fn download(chosen: Chosen, toasts: Toasts) {
    DOWNLOAD.run(toasts, move |save| save(chosen, toasts));
}

chunk! {
    /// Key and version.
    static DOWNLOAD_VERSION: fn(String, String, Toasts) = tools => save_version;
}

/// Downloads an earlier version of a file.
pub fn download_version(key: String, version_id: String, toasts: Toasts) {
    DOWNLOAD_VERSION.run(toasts, move |save| save(key, version_id, toasts));
}
