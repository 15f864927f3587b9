//! Wire types of `POST /api/s3/copy`, `move`, `delete` and `undo`, and of `DELETE /api/s3/object`.

use serde::{Deserialize, Serialize};

use crate::contract::{BucketName, Timestamp};

/// The most keys and prefixes that one request names in each of its lists.
pub const MAX_NAMED: usize = 1000;

/// What happens when a name is taken at the destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NameTaken {
    /// The object fails, and both stay as they are.
    #[default]
    Fail,
    /// The object there is replaced.
    Overwrite,
    /// The copy gets a number: `name (2).ext`.
    KeepBoth,
    /// Both objects stay as they are.
    Skip,
}

/// Names one object (`source`), one folder (a prefix that ends in `/`), or up to 1,000 of either (`sources`), which go
/// into the folder `destination`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// Becomes `destination` itself, unless it is an object and `destination` ends in `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<String>>,
    /// Keys and prefixes (which end in `/`) below `source` that stay where they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Copy or move the content of the folder `source` into the folder `destination`, name by name, instead of the
    /// folder itself. `destination` may then lie in one of the folders of `except`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contents: bool,
    pub destination: String,
    #[serde(default)]
    pub on_conflict: NameTaken,
    /// One of the caller's own buckets; the home bucket unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_bucket: Option<BucketName>,
    /// The same for the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_bucket: Option<BucketName>,
}

/// What was copied or moved at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transferred {
    /// The destination, with the number that its name got, if any.
    pub key: String,
    pub etag: String,
    pub version_id: Option<String>,
    /// The name was taken and `on_conflict` was `skip`: these are the fields of the object that is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// Absent where nothing can be undone: the bucket keeps no versions, or the name was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoOffer>,
}

/// How a change of one object can be undone that was made at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UndoOffer {
    /// For `POST /api/s3/undo`. Opaque, and good for the person who made the change only.
    pub token: String,
    pub expires_at: Timestamp,
}

/// `POST /api/s3/undo`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// From `undo` of the answer to the change.
    pub token: String,
}

/// `DELETE /api/s3/object`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectDeleted {
    pub message: String,
    /// Absent where the deletion cannot be undone: the bucket keeps no versions, or a version was deleted for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoOffer>,
}

/// `POST /api/s3/delete`. At least one key or prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteRequest {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Each ends in `/`, or is the caller's whole prefix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// Keys and prefixes (which end in `/`) below `prefixes` that are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Delete every version and delete marker, for good.
    #[serde(default)]
    pub permanent: bool,
    /// With `permanent`: only objects that are deleted already, so that nothing can be restored of them any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted_only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}
