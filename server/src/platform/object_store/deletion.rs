//! What a deletion of many names and what became of each.

use std::collections::HashSet;

use app::contract::ListedKey;

/// What one of many deletions is about.
#[derive(Clone, Debug)]
pub struct DeleteTarget {
    pub key: ListedKey,
    /// This version for good, rather than the object.
    pub version: Option<String>,
    /// Only if the object has this ETag (without quotes), where storage holds to it
    /// ([`ConditionalWrites::delete`](super::ConditionalWrites::delete)).
    pub etag: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct DeletedMany {
    /// Where the bucket keeps versions: what hides each deleted object from now on.
    pub markers: Vec<DeleteMarker>,
    /// What is still there, each with storage's reason.
    pub failures: Vec<DeleteFailure>,
}

impl DeletedMany {
    /// The key and version of each target that is still there.
    #[must_use]
    pub fn kept(&self) -> HashSet<(&str, Option<&str>)> {
        self.failures
            .iter()
            .map(|failure| (failure.key.as_str(), failure.version.as_deref()))
            .collect()
    }
}

/// Taken away again, it uncovers what it hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteMarker {
    pub key: String,
    pub version_id: String,
}

#[derive(Clone, Debug)]
pub struct DeleteFailure {
    pub key: String,
    /// The version that was to go for good.
    pub version: Option<String>,
    /// Storage's error code, such as `AccessDenied`.
    pub code: String,
}
