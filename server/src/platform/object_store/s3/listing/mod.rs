//! Listings. Always: what cannot be told to be the last page is not taken for it.

mod below;
mod by_folder;
mod decoder;
mod objects;
mod order;
mod page;
mod uploads;
mod versions;

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_sdk_s3::types::{DeleteMarkerEntry, EncodingType, ObjectVersion};
use percent_encoding::percent_decode_str;

use super::answer::{etag, size, timestamp};
use crate::platform::object_store::{ListedVersion, StoreError};

/// Whether storage writes the keys of a listing in URL encoding when it is asked to, which it should, because XML
/// cannot carry all of them. A server that does not say so in its answer is not asked again: how it wrote its keys
/// would be a guess.
#[derive(Clone, Debug, Default)]
pub(super) struct UrlEncoding {
    is_ignored: Arc<AtomicBool>,
}

impl UrlEncoding {
    fn to_ask_for(&self) -> Option<EncodingType> {
        (!self.is_ignored.load(Ordering::Relaxed)).then_some(EncodingType::Url)
    }

    /// The answer to `ask`, with keys that are written as it says.
    async fn listed<P, E, F: Future<Output = Result<P, E>>>(
        &self,
        ask: impl Fn(Option<EncodingType>) -> F,
        says: impl Fn(&P) -> Option<&EncodingType>,
    ) -> Result<P, E> {
        let encoding = self.to_ask_for();
        let was_asked = encoding.is_some();
        let page = ask(encoding).await?;
        if !was_asked || says(&page).is_some() {
            return Ok(page);
        }
        self.is_ignored.store(true, Ordering::Relaxed);
        ask(None).await
    }
}

fn version_of(version: &ObjectVersion) -> ListedVersion {
    ListedVersion {
        version_id: version.version_id().unwrap_or("null").to_owned(),
        is_latest: version.is_latest().unwrap_or_default(),
        is_delete_marker: false,
        last_modified: timestamp(version.last_modified()),
        size: size(version.size()).unwrap_or_default(),
        etag: etag(version.e_tag()).unwrap_or_default(),
    }
}

fn marker_of(marker: &DeleteMarkerEntry) -> ListedVersion {
    ListedVersion {
        version_id: marker.version_id().unwrap_or("null").to_owned(),
        is_latest: marker.is_latest().unwrap_or_default(),
        is_delete_marker: true,
        last_modified: timestamp(marker.last_modified()),
        size: 0,
        etag: String::new(),
    }
}

/// What comes just before a key in the order of a listing.
fn before(key: &str) -> String {
    let mut chars = key.chars();
    let last = chars.next_back().map_or(0, u32::from);
    // Between the two halves of a surrogate pair there are no characters.
    let previous = (0..last).rev().find_map(char::from_u32);
    let mut before = chars.as_str().to_owned();
    if let Some(previous) = previous {
        before.extend([previous, char::MAX]);
    }
    before
}

/// A key as it is, of an answer in this encoding. In URL encoding a space is `+`.
fn decoded(text: Option<&str>, encoding: Option<&EncodingType>) -> Result<String, StoreError> {
    let text = text.ok_or_else(|| StoreError::Unexpected("an entry without a key".to_owned()))?;
    if encoding != Some(&EncodingType::Url) {
        return Ok(text.to_owned());
    }
    let spaced = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| StoreError::Unexpected("a key that is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_once_and_only_if_storage_says_they_are_encoded() {
        let url = Some(&EncodingType::Url);
        assert_eq!(decoded(Some("a+b%2Bc%252e"), url).unwrap(), "a b+c%2e");
        assert_eq!(decoded(Some("a+b%2Bc"), None).unwrap(), "a+b%2Bc");
        assert!(decoded(Some("%ff"), url).is_err());
        assert!(decoded(None, url).is_err());
    }

    #[test]
    fn a_key_is_looked_for_just_behind_what_comes_before_it() {
        for key in ["a/./b", "a/../\u{e000}", "./\0", "\u{fffe}"] {
            let before = before(key);
            assert!(before.as_str() < key, "{key:?}");
        }
        assert_eq!(before("a/./b"), "a/./a\u{10ffff}");
        assert_eq!(before("./\u{e000}"), "./\u{d7ff}\u{10ffff}");
    }
}
