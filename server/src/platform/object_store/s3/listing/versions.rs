//! The versions of one object.

use std::cmp::Reverse;

use app::contract::{BucketName, ListedKey};
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;

use super::{
    super::{S3Store, error::store_error},
    before, decoded, marker_of, version_of,
};
use crate::platform::object_store::{ListedVersion, StoreError, VersionPage};

impl S3Store {
    /// The versions of exactly this key, newest first, delete markers among them.
    #[tracing::instrument(level = "debug", name = "s3.list_versions", skip_all, fields(%bucket))]
    pub async fn list_versions(
        &self,
        bucket: &BucketName,
        key: &ListedKey,
        after: Option<&str>,
        limit: u16,
    ) -> Result<VersionPage, StoreError> {
        let key_marker = match after {
            Some(_) => Some(key.as_str().to_owned()),
            None => key.has_dot_segment().then(|| before(key.as_str())),
        };
        let is_plain = key.plain_prefix() == key.as_str();
        let request = self
            .client
            .list_object_versions()
            .bucket(bucket.as_str())
            .prefix(key.plain_prefix())
            // What lies in a folder of this name is no business of this listing, and servers that list it first would show
            // nothing else.
            .set_delimiter(is_plain.then(|| "/".to_owned()))
            .set_key_marker(key_marker)
            .set_version_id_marker(after.map(str::to_owned))
            .max_keys(limit.into());
        let ask = |encoding| request.clone().set_encoding_type(encoding).send();
        let page = self
            .encodings
            .versions
            .listed(ask, ListObjectVersionsOutput::encoding_type)
            .await
            .map_err(store_error)?;
        let encoding = page.encoding_type();
        let mut versions = Vec::new();
        let mut others = !page.common_prefixes().is_empty();
        for version in page.versions() {
            if decoded(version.key(), encoding)? == key.as_str() {
                versions.push(version_of(version));
            } else {
                others = true;
            }
        }
        for marker in page.delete_markers() {
            if decoded(marker.key(), encoding)? == key.as_str() {
                versions.push(marker_of(marker));
            } else {
                others = true;
            }
        }
        let says_latest = page
            .versions()
            .iter()
            .any(|version| version.is_latest().is_some())
            || page
                .delete_markers()
                .iter()
                .any(|marker| marker.is_latest().is_some());
        if !says_latest && after.is_none() {
            let is_shown = self.is_listed(bucket, key).await?;
            mark_latest(&mut versions, is_shown);
        }
        // The answer has them in two lists, each newest first.
        versions.sort_by_key(|version| Reverse((version.is_latest, version.last_modified)));
        let next_key = page
            .next_key_marker()
            .map(|marker| decoded(Some(marker), encoding))
            .transpose()?;
        // Longer keys that begin with this one come after it; they are no business of this page.
        let goes_on = match (page.is_truncated(), next_key) {
            (Some(false), _) => false,
            (_, Some(next)) => next == key.as_str(),
            (Some(true), None) => !others,
            (None, None) => page.next_version_id_marker().is_some() && !others,
        };
        let next = match page.next_version_id_marker().filter(|marker| !marker.is_empty()) {
            _ if !goes_on => None,
            Some(marker) => Some(marker.to_owned()),
            None => {
                return Err(StoreError::Unexpected(
                    "a page of versions without a marker of the next".to_owned(),
                ));
            }
        };
        Ok(VersionPage { versions, next })
    }
}

/// For storage that does not say which version is the latest: the youngest object where a listing shows the key, else
/// the youngest delete marker.
fn mark_latest(versions: &mut [ListedVersion], is_shown: bool) {
    let latest = versions
        .iter_mut()
        .filter(|version| version.is_delete_marker != is_shown)
        .max_by_key(|version| version.last_modified);
    if let Some(latest) = latest {
        latest.is_latest = true;
    }
}
