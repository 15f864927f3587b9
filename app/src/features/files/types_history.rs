//! Wire types of what a bucket that keeps versions can tell and bring back: `GET /api/s3/deleted`, `history` and
//! `history/changes`, `POST object/restore`.

use serde::{Deserialize, Serialize};

use super::types::ObjectEntry;
use crate::contract::{BucketName, MaxKeys, Timestamp};

/// `GET /api/s3/deleted`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct DeletedQuery {
    /// Where to look, in all folders below; the caller's own prefix unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
    /// One of the caller's own buckets; the home bucket unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// An object that a delete marker hides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedEntry {
    pub key: String,
    /// Bytes of the version that would come back.
    pub size: u64,
    /// `null` where storage does not say.
    pub deleted_at: Option<Timestamp>,
    /// The newest version with bytes: what `POST /api/s3/object/restore` takes.
    pub version_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedPage {
    /// May be empty while `has_more` is true: one request looks at a bounded number of versions.
    pub objects: Vec<DeletedEntry>,
    /// What was looked under, in full.
    pub prefix: String,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}

/// `GET /api/s3/history`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// The folder; the caller's own prefix unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The moment, to the second: what was written in that second counts.
    pub as_of: Timestamp,
    /// From the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
    /// One of the caller's own buckets; the home bucket unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// What became of an object since the moment that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Other bytes are there now.
    Changed,
    /// Nothing is there now.
    Deleted,
}

/// A row of a folder as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEntry {
    /// As the listing of the folder would have told it.
    #[serde(flatten)]
    pub entry: ObjectEntry,
    /// The version that was current; `null` for a folder.
    pub version_id: Option<String>,
    /// A folder is `deleted` when nothing is left of it, else `null`: `GET /api/s3/history/changes` counts what changed
    /// in it.
    pub change: Option<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryPage {
    /// May be empty while `has_more` is true: one request looks at a bounded number of versions.
    pub objects: Vec<HistoryEntry>,
    /// What was looked under, in full.
    pub prefix: String,
    pub as_of: Timestamp,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}

/// `GET /api/s3/history/changes`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ChangesQuery {
    /// The folder; the caller's own prefix unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The moment, to the second.
    pub as_of: Timestamp,
    /// One of the caller's own buckets; the home bucket unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// How many objects below a prefix are others than they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeCounts {
    /// They were not there.
    pub added: u64,
    /// Other bytes are there.
    pub changed: u64,
    /// They are there no longer.
    pub deleted: u64,
}

/// `POST /api/s3/object/restore`: `{key, version_id}`, `{prefix, deleted_only: true}`,
/// `{prefix, as_of, delete_added?}`, `{keys, as_of}` or `{keys, deleted_only: true}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RestoreRequest {
    /// The object of which a version becomes the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// All below it comes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// 1 to 1,000 objects and, where they end in `/`, folders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
    /// Only what is deleted comes back, as it was last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_only: Option<bool>,
    /// As of this moment, to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// Delete what was not there at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_added: Option<bool>,
    /// One of the caller's own buckets; the home bucket unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// The object that is current now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CurrentObject {
    pub key: String,
    pub etag: String,
    pub version_id: Option<String>,
}
