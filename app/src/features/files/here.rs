//! Which bucket this document shows. It is the same for as long as the document lives: another bucket is another document
//! (`navigation`).

use leptos::prelude::window;

use crate::{contract::BucketName, routes};

/// One of the caller's own; `None` for the home bucket. In the browser only.
#[must_use]
pub fn bucket() -> Option<BucketName> {
    let pathname = window().location().pathname().ok()?;
    routes::folder_at(&pathname)?.0.bucket().cloned()
}
