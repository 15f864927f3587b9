//! Wire types of what is stored beside an object's bytes, and of how much room objects take:
//! `PATCH /api/s3/object/metadata`, `GET object/tags`, `object/versions/space` and `usage`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::BucketName;

/// `PATCH /api/s3/object/metadata`: at least one of the three is given; what is not given stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MetadataChange {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// All of the object's metadata from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// All of the object's tags from now on: at most 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
    /// One of the caller's own buckets; the home bucket unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// `GET /api/s3/object/tags`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectTags {
    pub tags: BTreeMap<String, String>,
}

/// The query of `GET /api/s3/usage`, `GET /api/s3/quota` and `GET /api/s3/object/versions/space`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct SpaceQuery {
    /// The prefix, all folders below included; the caller's own prefix unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// One of the caller's own buckets; the home bucket unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// What lies under a prefix beside the current objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionsSpace {
    /// Versions with bytes that are not current, those of deleted objects among them.
    pub old_versions: u64,
    pub old_versions_bytes: u64,
    pub unfinished_uploads: u64,
    /// Of the parts that storage has.
    pub unfinished_uploads_bytes: u64,
}

/// `GET /api/s3/quota`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuotaUse {
    /// `null` where there is no limit.
    pub quota_bytes: Option<u64>,
    /// Bytes of all versions and unfinished uploads, and of what may come in by URLs that are still good; `null` where there
    /// is no limit.
    pub quota_used_bytes: Option<u64>,
}

/// `GET /api/s3/usage`: the current objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    pub objects: u64,
    /// Those among the objects that stand for folders: their keys end in `/`.
    pub folder_markers: u64,
    pub bytes: u64,
    /// Of all that the caller's quota is about, also outside the prefix; `null` without one.
    pub quota_bytes: Option<u64>,
    /// Old versions and unfinished uploads included, and what may come in by URLs that are still good.
    pub quota_used_bytes: Option<u64>,
}
