//! Wire types of `/api/s3`. Keys are whole keys (`users/<uuid>/…`) and travel as strings; the server turns each
//! into a `UserKey` at its edge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::{ApiError, BucketName, Checksum, Disposition, MaxKeys, Timestamp, named, timestamp};

/// `GET /api/s3/objects`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct ListQuery {
    /// Where to list; the caller's own prefix unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
    /// All keys below the prefix instead of one folder's level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive: Option<bool>,
    /// One of the caller's own buckets; the home bucket unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// One row of a listing: an object, or a folder (a common prefix, its key ending in `/`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectEntry {
    pub key: String,
    /// Bytes; 0 for a folder.
    pub size: u64,
    /// Empty for a folder.
    #[serde(with = "timestamp::empty_when_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last_modified: Option<Timestamp>,
    /// Without quotes; empty for a folder.
    pub etag: String,
    /// Empty for a folder.
    pub storage_class: String,
    pub is_folder: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectPage {
    pub objects: Vec<ObjectEntry>,
    /// What was listed, in full.
    pub prefix: String,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}

/// `GET /api/s3/user-prefix`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserPrefixResponse {
    pub prefix: String,
}

/// Names one object, or one version of it; the query of `GET object` and `GET object/metadata`, the body of
/// `DELETE object`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ObjectRef {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// The most keys that one request deletes, or takes back.
pub const MAX_KEYS: usize = 1000;

/// `DELETE /api/s3/objects`: 1 to 1,000 keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteObjectsRequest {
    pub keys: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteObjectsResponse {
    pub deleted: Vec<String>,
    /// Those that are still there, each with its reason.
    pub errors: Vec<DeleteError>,
    /// Where the bucket keeps versions: what hides each deleted object, for `POST /api/s3/objects/undelete`.
    /// Empty where deleted is gone for good.
    pub markers: Vec<DeleteMarker>,
}

/// The version that stands for "deleted here".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteMarker {
    pub key: String,
    pub version_id: String,
}

/// `POST /api/s3/objects/undelete`: 1 to 1,000 deletions to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UndeleteRequest {
    /// As the deletion answered them.
    pub markers: Vec<DeleteMarker>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UndeleteResponse {
    /// Keys that are there again, or have been written anew since.
    pub restored: Vec<String>,
    /// Those that stay deleted, each with its reason.
    pub errors: Vec<DeleteError>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteError {
    pub key: String,
    pub message: String,
}

/// `POST /api/s3/download`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DownloadRequest {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Seconds the URL lives; the server's default and upper bound apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    /// `attachment` saves the file; `preview` answers images, media, PDF and text inline with a content type that
    /// no browser executes.
    #[serde(default)]
    pub disposition: Disposition,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// A presigned URL: whoever has it can do the one thing it is signed for until it expires.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DownloadResponse {
    pub url: String,
    /// Seconds.
    pub expires_in: u32,
}

/// `GET /api/s3/object/metadata`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectMetadata {
    pub content_type: String,
    /// Bytes.
    pub content_length: u64,
    /// Empty where storage does not say.
    #[serde(with = "timestamp::empty_when_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last_modified: Option<Timestamp>,
    pub etag: String,
    pub version_id: Option<String>,
    pub storage_class: String,
    pub checksum: Option<Checksum>,
    pub metadata: BTreeMap<String, String>,
    /// The headers that were stored with the object, as they were given; left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// `GET /api/s3/object/versions`: one version, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectVersion {
    pub key: String,
    pub version_id: String,
    pub is_latest: bool,
    pub last_modified: Timestamp,
    pub size: u64,
    pub etag: String,
    /// The object was deleted at this point; there is nothing to download.
    pub is_delete_marker: bool,
}

/// The query of `GET /api/s3/object/versions`. The answer is a bare array; where there is more, the header
/// [`CONTINUATION_TOKEN_HEADER`](crate::contract::CONTINUATION_TOKEN_HEADER) holds the token of the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct VersionsQuery {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// `POST /api/s3/folder`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateFolderRequest {
    /// With or without the closing slash.
    pub prefix: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// `GET /api/s3/search`. The answer is a bare array; the header
/// [`CONTINUATION_TOKEN_HEADER`](crate::contract::CONTINUATION_TOKEN_HEADER) says that not all keys have been looked at
/// yet, also when a page holds fewer matches than asked for, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, all of which must occur in the path below the prefix, whose last part is the name; in any order, without
    /// regard to case.
    pub query: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EntryKind>,
    /// The least size, in bytes. With a bound of size or date no folder is found: it has neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_size: Option<u64>,
    /// The largest size, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_size: Option<u64>,
    /// The first moment of change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_after: Option<Timestamp>,
    /// The moment of change before which to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given. A stream of hits has no end of this kind unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// What the ending of a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Folder,
    Image,
    Video,
    Audio,
    /// Texts, tables and slides too.
    Document,
    Archive,
    Code,
    Other,
}

named!(
    EntryKind: Folder = "folder",
    Image = "image",
    Video = "video",
    Audio = "audio",
    Document = "document",
    Archive = "archive",
    Code = "code",
    Other = "other",
);

/// What a search found so far: the bare array of `GET /api/s3/search` with the token beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    pub objects: Vec<ObjectEntry>,
    pub continuation_token: Option<String>,
}

/// The media type of a streamed search: JSON texts, one a line.
pub const NDJSON: &str = "application/x-ndjson";

/// A line of a streamed search. The last line is an end; a stream without one was cut off, and there may be more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum SearchLine {
    Hit(ObjectEntry),
    End(SearchEnd),
}

/// The last line of a streamed search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchEnd {
    /// Whether all keys were looked at: the lines before are all there is.
    pub complete: bool,
    /// The search goes on here; `null` when it is complete.
    pub continuation_token: Option<String>,
    /// Why it ended too soon; `null` at its end, and after `max_keys` hits.
    pub error: Option<ApiError>,
    /// Seconds after which going on may succeed, where that is known.
    pub retry_after: Option<u32>,
}
