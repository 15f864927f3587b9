//! One request for versions, and its answer.

use std::cmp::Reverse;

use app::contract::BucketName;
use aws_sdk_s3::{operation::list_object_versions::ListObjectVersionsOutput, primitives::DateTime};

use super::{
    super::{S3Store, error::store_error},
    decoded, marker_of, version_of,
};
use crate::platform::object_store::{ListedVersion, NamedVersion, StoreError, VersionMarker};

/// What one request for versions asks for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub prefix: &'a str,
    /// Folds everything below the next `/` into one common prefix.
    pub folders: bool,
    pub after: Option<&'a VersionMarker>,
    pub limit: u16,
}

/// One answer to it.
pub(super) struct Answered {
    /// Those of one key follow one another, the newest first.
    pub versions: Vec<NamedVersion>,
    /// Each ends in `/`.
    pub folders: Vec<String>,
    pub next: Option<VersionMarker>,
}

impl S3Store {
    pub(super) async fn versions_page(
        &self,
        bucket: &BucketName,
        asked: Asked<'_>,
    ) -> Result<Answered, StoreError> {
        let after = asked.after;
        let request = self
            .client
            .list_object_versions()
            .bucket(bucket.as_str())
            .prefix(asked.prefix)
            .set_delimiter(asked.folders.then(|| "/".to_owned()))
            .set_key_marker(after.map(|after| after.key.clone()))
            .set_version_id_marker(after.and_then(|after| after.version_id.clone()))
            .max_keys(asked.limit.into());
        let ask = |encoding| request.clone().set_encoding_type(encoding).send();
        let page = self
            .encodings
            .versions
            .listed(ask, ListObjectVersionsOutput::encoding_type)
            .await
            .map_err(store_error)?;
        let encoding = page.encoding_type();
        let mut rows = Vec::with_capacity(page.versions().len() + page.delete_markers().len());
        for version in page.versions() {
            rows.push(Row {
                key: decoded(version.key(), encoding)?,
                at: moment(version.last_modified()),
                version: version_of(version),
            });
        }
        for marker in page.delete_markers() {
            rows.push(Row {
                key: decoded(marker.key(), encoding)?,
                at: moment(marker.last_modified()),
                version: marker_of(marker),
            });
        }
        let folders = page
            .common_prefixes()
            .iter()
            .map(|folder| decoded(folder.prefix(), encoding))
            .collect::<Result<Vec<_>, _>>()?;
        let named = page
            .next_key_marker()
            .filter(|key| !key.is_empty())
            .map(|key| {
                let version_id = page.next_version_id_marker().filter(|id| !id.is_empty());
                Ok::<_, StoreError>(VersionMarker {
                    key: decoded(Some(key), encoding)?,
                    version_id: version_id.map(str::to_owned),
                })
            })
            .transpose()?;
        // Each list is in storage's order, which the sort keeps where it knows no better.
        rows.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.age().cmp(&b.age())));
        let last = rows.last().map(|row| VersionMarker {
            key: row.key.clone(),
            version_id: Some(row.version.version_id.clone()),
        });
        let next = match page.is_truncated() {
            Some(false) => None,
            // A server that does not say is asked until a page is empty.
            Some(true) | None => named.or(last),
        };
        // A marker that does not move on would never end.
        let next = next.filter(|next| Some(next) != after);
        let versions = rows.into_iter().map(|row| NamedVersion {
            key: row.key,
            version: row.version,
        });
        Ok(Answered {
            versions: versions.collect(),
            folders,
            next,
        })
    }
}

struct Row {
    key: String,
    at: (i64, u32),
    version: ListedVersion,
}

impl Row {
    /// Of one key the newest comes first.
    fn age(&self) -> impl Ord + use<> {
        let ListedVersion {
            is_latest,
            is_delete_marker,
            ..
        } = self.version;
        Reverse((is_latest, self.at, !is_delete_marker))
    }
}

/// What has no date is older than all that has one.
fn moment(at: Option<&DateTime>) -> (i64, u32) {
    at.map_or((i64::MIN, 0), |at| (at.secs(), at.subsec_nanos()))
}
