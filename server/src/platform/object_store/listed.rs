//! What listings ask for and answer: objects, the versions of one, unfinished uploads.

use app::contract::{Timestamp, UserPrefix};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    pub prefix: &'a UserPrefix,
    /// Fold everything below the next `/` into one common prefix.
    pub folders: bool,
    /// [`ListedPage::next`] of the page before, or [`ListedPage::after`].
    pub token: Option<&'a str>,
    /// 1–1000.
    pub limit: u16,
}

#[derive(Clone, Debug, Default)]
pub struct ListedPage {
    pub objects: Vec<ListedObject>,
    /// Each ends in `/`.
    pub folders: Vec<String>,
    /// Where the next page begins, in the store's own form; `None` on the last page.
    pub next: Option<String>,
}

/// Begins a token of our own: the key to go on after follows. No token of storage's begins so, for none could travel in a
/// URL.
const AFTER: char = '\0';

impl ListedPage {
    /// A token for what comes after this key, whether or not there is such a key.
    #[must_use]
    pub fn after(key: &str) -> String {
        format!("{AFTER}{key}")
    }

    /// The key that [`Self::after`] made this token of; `None` for one of storage's.
    pub(super) fn key_of(token: &str) -> Option<&str> {
        token.strip_prefix(AFTER)
    }
}

/// A row of a listing. Its key is text, not a `UserKey`: other tools may have stored names that ours refuse.
#[derive(Clone, Debug)]
pub struct ListedObject {
    pub key: String,
    /// Bytes; 0 where storage does not say.
    pub size: u64,
    pub last_modified: Option<Timestamp>,
    /// Without quotes.
    pub etag: String,
    pub storage_class: String,
}

#[derive(Clone, Debug, Default)]
pub struct VersionPage {
    pub versions: Vec<ListedVersion>,
    /// Storage's marker of the version to go on after; `None` on the last page.
    pub next: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ListedVersion {
    pub version_id: String,
    pub is_latest: bool,
    pub is_delete_marker: bool,
    pub last_modified: Option<Timestamp>,
    pub size: u64,
    pub etag: String,
}

/// A version, and of which key it is.
#[derive(Clone, Debug)]
pub struct NamedVersion {
    pub key: String,
    pub version: ListedVersion,
}

/// A page of the versions of all objects under a prefix.
#[derive(Clone, Debug, Default)]
pub struct VersionsBelow {
    /// Those of one key follow one another, the newest first.
    pub versions: Vec<NamedVersion>,
    /// `None` on the last page.
    pub next: Option<VersionMarker>,
}

/// Where a page of versions begins: behind this version or, without one, behind all versions of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionMarker {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// An unfinished upload that storage knows of.
#[derive(Clone, Debug)]
pub struct ListedUpload {
    pub key: String,
    pub upload_id: String,
    pub initiated: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub struct UploadPage {
    pub uploads: Vec<ListedUpload>,
    pub next: Option<UploadMarker>,
}

/// Where the next page of unfinished uploads begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadMarker {
    pub key: String,
    pub upload_id: Option<String>,
}
