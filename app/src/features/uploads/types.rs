//! Wire types of the upload routes under `/api/s3`.
//!
//! A script that reaches storage walks them in this order: `POST uploads` (or `multipart/initiate`), PUT to the
//! URLs, `POST multipart/parts` for more URLs, `POST multipart/complete`. After a crash `GET multipart` and
//! `GET multipart/parts` say what storage already has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::{BucketName, Checksum, ChecksumAlgorithm, StoredPart, Timestamp, timestamp};

/// S3's smallest part, save the last (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
pub const MIN_PART_SIZE: u64 = 5 * 1024 * 1024;
/// S3's largest part and largest single PUT.
pub const MAX_PART_SIZE: u64 = 5 * 1024 * 1024 * 1024;
/// S3's most parts in one upload.
pub const MAX_PARTS: u32 = 10_000;
/// The largest file that is planned as one PUT; above it a file goes up in parts. The browser hashes a file up to
/// this size whole before it asks for a plan. Each file in parts costs two more requests than a PUT, so the bound
/// lies above the usual photo; it is low enough that sending one again after a failure is bearable.
pub const MAX_SINGLE_PUT: u64 = 32 * 1024 * 1024;
/// The largest object: 5 TiB.
pub const MAX_OBJECT_SIZE: u64 = 5 * 1024 * 1024 * 1024 * 1024;
/// The most files that one `POST uploads` plans.
pub const MAX_PLANNED_FILES: usize = 500;
/// The most other forms of one file's key.
pub const MAX_FORMS: usize = 4;
/// The most parts that one `POST multipart/parts` signs.
pub const MAX_SIGNED_PARTS: usize = 100;

/// `POST /api/s3/uploads`: 1 to [`MAX_PLANNED_FILES`] files, planned together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    pub files: Vec<FileToUpload>,
    #[serde(default)]
    pub on_conflict: OnConflict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// What to do where an object of that key already exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Write over it, as a PUT does. Where storage holds to conditions on writes, a presigned PUT replaces what was
    /// there when it was planned (`If-Match`, or `If-None-Match: *` for nothing), so that it is good once.
    #[default]
    Overwrite,
    /// Do not plan it; answer [`UploadPlan::Conflict`]. What is planned is signed (or completed) with
    /// `If-None-Match: *`, so that a file that appears meanwhile is not overwritten either: storage answers 412.
    Report,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FileToUpload {
    pub key: String,
    /// At most four keys of the same name in other Unicode normal forms. Where conflicts are reported, an
    /// object under one of them is one too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 4))]
    pub also_as: Vec<String>,
    /// Bytes.
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Of the whole file, for a single PUT: signed into the URL, so that storage refuses other bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// For a file that goes up in parts: every part will carry a checksum of this kind (`multipart/parts`).
    /// The first parts are then not signed by the plan, for their checksums are not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum_algorithm: Option<ChecksumAlgorithm>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// One plan per file, in the order asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanResponse {
    pub uploads: Vec<PlannedUpload>,
    /// Seconds until the signed URLs expire.
    pub expires_in: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedUpload {
    pub key: String,
    #[serde(flatten)]
    pub plan: UploadPlan,
}

/// How one file goes up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum UploadPlan {
    /// One PUT of the whole file.
    Put {
        url: String,
        /// To be sent exactly as given: they are part of the signature. So is the length of the body, which
        /// every client declares by itself.
        headers: BTreeMap<String, String>,
        /// What is there now and will be written over. The URL is good once, and for nothing else: when it was used, or
        /// something else was written meanwhile, storage answers 412 (or 404), and the file is to be planned again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<Replaced>,
    },
    /// Parts of `part_size` bytes, the last one shorter.
    Multipart {
        upload_id: String,
        part_size: u64,
        parts: Vec<SignedPart>,
    },
    /// Not planned: this is already there.
    Conflict {
        /// Under which of `also_as`; absent for the file's own key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        existing_key: Option<String>,
        size: u64,
        /// Empty where storage does not say.
        #[serde(with = "timestamp::empty_when_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        last_modified: Option<Timestamp>,
        etag: String,
        /// Of the object that is there, when storage keeps one: a client that hashed the same bytes has nothing to
        /// send.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checksum: Option<Checksum>,
    },
    /// Not planned: this file alone is at fault (its key is refused, it is too large); the others go on.
    Refused { error: crate::contract::ApiError },
}

/// An object that a planned upload writes over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replaced {
    pub size: u64,
    pub etag: String,
    /// When storage keeps one: a client whose answer was lost sees by it that its bytes are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedPart {
    /// 1–10,000.
    pub part_number: u32,
    pub url: String,
    /// To be sent exactly as given.
    pub headers: BTreeMap<String, String>,
}

/// `POST /api/s3/multipart/initiate`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InitiateRequest {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum_algorithm: Option<ChecksumAlgorithm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InitiateResponse {
    pub upload_id: String,
}

/// `POST /api/s3/multipart/parts`: 1 to [`MAX_SIGNED_PARTS`] parts to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignPartsRequest {
    pub key: String,
    pub upload_id: String,
    pub parts: Vec<PartToSign>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PartToSign {
    pub part_number: u32,
    /// Bytes; signed as the content length.
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignPartsResponse {
    pub parts: Vec<SignedPart>,
    /// Seconds until the URLs expire.
    pub expires_in: u32,
}

/// Names one unfinished upload: the query of `GET multipart/parts`, the body of `DELETE multipart`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct UploadRef {
    pub key: String,
    pub upload_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// `GET /api/s3/multipart/parts`: every part that storage has of the upload, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredPartsResponse {
    pub parts: Vec<StoredPart>,
}

/// The query of `GET /api/s3/multipart`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct UnfinishedQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// `GET /api/s3/multipart`: the caller's unfinished uploads, newest first, at most 1,000.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnfinishedUploadsResponse {
    pub uploads: Vec<UnfinishedUpload>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnfinishedUpload {
    pub key: String,
    pub upload_id: String,
    pub initiated: Timestamp,
    /// Bytes of the whole file and of each part, when the plan said so.
    pub size: Option<u64>,
    pub part_size: Option<u64>,
}

/// `POST /api/s3/multipart/complete`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    pub key: String,
    pub upload_id: String,
    /// In ascending order of part number.
    pub parts: Vec<CompletedPart>,
    /// Instead of what the plan said: somebody who was told of a conflict (409) chose to overwrite after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_conflict: Option<OnConflict>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CompletedPart {
    pub part_number: u32,
    pub etag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

/// What `upload` and `multipart/complete` answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadedResponse {
    pub key: String,
    pub etag: String,
    pub version_id: Option<String>,
    pub message: String,
}

/// What `multipart/upload-part` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadedPart {
    pub part_number: u32,
    pub etag: String,
}
