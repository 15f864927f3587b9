//! Wire types of the past of a bucket that keeps versions: `GET /api/s3/deleted`, `history` and `history/changes`,
//! `POST object/restore`.

use serde::{Deserialize, Serialize};

use super::types::ObjectEntry;
use crate::contract::{BucketName, MaxKeys, Timestamp};

/// `GET /api/s3/deleted`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct DeletedQuery {
    /// The prefix to list, all folders below included; the caller's own prefix unless given.
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
    /// Bytes of the version that can be restored.
    pub size: u64,
    /// `null` where storage does not say.
    pub deleted_at: Option<Timestamp>,
    /// The newest version with bytes, for `POST /api/s3/object/restore`.
    pub version_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedPage {
    /// May be empty while `has_more` is true, since one request reads a bounded number of versions.
    pub objects: Vec<DeletedEntry>,
    /// The whole prefix that was listed.
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
    /// The moment, to the second; objects that were written in that second count.
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

/// How an object has changed since the requested moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The object has other bytes now.
    Changed,
    /// The object was deleted.
    Deleted,
}

/// A row of a folder as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEntry {
    /// The entry as a listing of the folder would have shown it.
    #[serde(flatten)]
    pub entry: ObjectEntry,
    /// The version that was current; `null` for a folder.
    pub version_id: Option<String>,
    /// A folder is `deleted` when nothing is left in it, else `null`: `GET /api/s3/history/changes` counts the changes
    /// in it.
    pub change: Option<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryPage {
    /// May be empty while `has_more` is true, since one request reads a bounded number of versions.
    pub objects: Vec<HistoryEntry>,
    /// The whole prefix that was listed.
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

/// How many objects below a prefix have changed since a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeCounts {
    /// Objects that did not exist then.
    pub added: u64,
    /// Objects that had other bytes then.
    pub changed: u64,
    /// Objects that no longer exist.
    pub deleted: u64,
}

/// `POST /api/s3/object/restore`: `{key, version_id}`, `{prefix, deleted_only: true}`,
/// `{prefix, as_of, delete_added?}`, `{keys, as_of}` or `{keys, deleted_only: true}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RestoreRequest {
    /// The object whose version becomes the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Restore everything below this prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Restore these 1 to 1,000 objects and folders (which end in `/`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
    /// Restore only deleted objects, as they were last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_only: Option<bool>,
    /// Restore the objects of this moment, to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// Delete objects that did not exist at that moment.
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
