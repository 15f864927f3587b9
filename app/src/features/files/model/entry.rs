//! One entry of a listing: a file or a folder.

use std::{borrow::Cow, sync::Arc};

use super::collation::Folded;
use crate::{contract::Timestamp, format};

/// An entry's number in its listing.
pub type EntryId = u32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Below the folder; a folder's ends in `/`.
    pub name: Arc<str>,
    pub size: u64,
    pub modified: Option<Timestamp>,
    pub storage_class: Arc<str>,
    pub is_folder: bool,
    /// Without a folder's slash.
    pub(super) folded: Folded,
    pub(super) collation: Box<[u8]>,
    /// Raised when the entry changes in place, so that its row is drawn again.
    pub revision: u32,
    /// Removed from the listing.
    pub(super) gone: bool,
}

impl Entry {
    /// The name as it is shown.
    pub fn label(&self) -> Cow<'_, str> {
        label_of(&self.name)
    }
}

/// A name as it is shown: without a folder's slash, and with hidden characters made visible. A folder between two
/// slashes has an empty name and is shown by a placeholder, so that there is something to press.
pub fn label_of(name: &str) -> Cow<'_, str> {
    match bare(name) {
        "" => "(no name)".into(),
        label => format::visible(label),
    }
}

/// Without a folder's slash.
pub(super) fn bare(name: &str) -> &str {
    name.strip_suffix('/').unwrap_or(name)
}
