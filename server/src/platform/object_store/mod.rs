//! Object storage as the use cases see it. Every function that names an object takes a [`UserKey`] or a
//! [`UserPrefix`], which only a caller's `KeyRoot` can make: to reach someone else's object one would have to
//! forge a type.
//!
//! A failure is never an empty answer: what cannot be read is an error, [`StoreError::Unavailable`] when storage
//! itself is at fault.

mod payload;
mod s3;

use std::{collections::BTreeMap, fmt, io, time::Duration};

use app::{
    contract::{BucketName, Timestamp, UserKey, UserPrefix},
    features::{
        files::types::{Checksum, ChecksumAlgorithm},
        uploads::types::StoredPart,
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

pub use payload::{Payload, Spool, SpoolError, SpooledFile};
pub use s3::{S3Config, S3Credentials, S3Store};

/// The one production implementation is [`S3Store`]; the trait is here so that failures can be injected.
#[async_trait]
pub trait ObjectStore: Send + Sync + 'static {
    /// One page of a listing, in the order of the keys' bytes.
    async fn list(&self, bucket: &BucketName, request: ListRequest<'_>) -> Result<ListedPage, StoreError>;

    /// The versions of exactly this key, newest first, delete markers among them.
    async fn list_versions(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        after: Option<&str>,
        limit: u16,
    ) -> Result<VersionPage, StoreError>;

    /// `None` when there is no such object (or version).
    async fn head(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<Option<ObjectHead>, StoreError>;

    /// Opens an object for reading; its bytes arrive as they are taken from the stream.
    async fn get(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        request: GetRequest<'_>,
    ) -> Result<Download, StoreError>;

    async fn put(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        headers: &ObjectHeaders,
        payload: &Payload,
        precondition: Precondition,
    ) -> Result<Written, StoreError>;

    /// Deletes an object (with versioning: hides it behind a delete marker) or, for good, one version. Deleting
    /// what is not there succeeds, as in S3.
    async fn delete(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<(), StoreError>;

    /// Deletes up to 1,000 objects or, for good, versions, each decided by itself.
    async fn delete_many(
        &self,
        bucket: &BucketName,
        targets: &[DeleteTarget],
    ) -> Result<DeletedMany, StoreError>;

    /// Starts a multipart upload and answers storage's id of it.
    async fn create_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        headers: &ObjectHeaders,
        checksum: Option<ChecksumAlgorithm>,
    ) -> Result<String, StoreError>;

    /// Stores one part; with `checksum`, the algorithm that the upload began with, storage verifies it.
    async fn upload_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: PartToStore<'_>,
    ) -> Result<StoredPart, StoreError>;

    /// All parts that storage has of an upload, in ascending order; [`StoreError::NotFound`] when there is no
    /// such upload (any more).
    async fn list_parts(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
    ) -> Result<Vec<StoredPart>, StoreError>;

    /// Makes the object out of its parts, which must ascend.
    async fn complete_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
        parts: &[StoredPart],
        precondition: Precondition,
    ) -> Result<Written, StoreError>;

    /// Forgets an upload and its parts; one that is gone already is no error.
    async fn abort_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
    ) -> Result<(), StoreError>;

    /// A page of the unfinished uploads under a prefix, whoever began them.
    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &UserPrefix,
        after: Option<&UploadMarker>,
    ) -> Result<UploadPage, StoreError>;

    /// A URL that reads one object (or version) and is answered with exactly this type and disposition.
    async fn presign_get(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        answer: GetAnswer<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError>;

    /// A URL that writes one object of exactly `size` bytes, with exactly the headers that come with it.
    async fn presign_put(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        put: PutToSign<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError>;

    /// A URL that writes one part of exactly `size` bytes.
    async fn presign_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: PartToPresign<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError>;

    /// Whether the bucket can be reached with our credentials.
    async fn check(&self, bucket: &BucketName) -> Result<(), StoreError>;

    /// Makes the bucket unless it is there. A bucket without objects then keeps versions, unless it was told not to.
    async fn ensure_bucket(&self, bucket: &BucketName) -> Result<(), StoreError>;

    /// Lets pages of these origins (`https://files.example.com`) read, write and see ETags.
    async fn allow_origins(&self, bucket: &BucketName, origins: &[String]) -> Result<(), StoreError>;
}

/// Why storage did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("no such object, version or upload")]
    NotFound,
    #[error("no such bucket")]
    NoSuchBucket,
    #[error("the object's state is not the one that was required")]
    PreconditionFailed,
    #[error("the range lies outside the object")]
    RangeNotSatisfiable,
    /// The parts named at complete are not those that storage has, or one but the last is smaller than 5 MiB.
    #[error("the parts do not make an object: {0}")]
    InvalidParts(String),
    #[error("the bytes do not match their checksum")]
    ChecksumMismatch,
    /// Storage does not know how to do this, such as versions or conditional writes.
    #[error("storage does not support this: {0}")]
    Unsupported(String),
    /// Storage cannot be reached, is overloaded, or does not let us in. Worth another try later.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    #[error("storage is full")]
    Full,
    /// An answer that makes no sense here.
    #[error("storage answered unexpectedly: {0}")]
    Unexpected(String),
    #[error("the spooled bytes could not be read")]
    Spool(#[from] io::Error),
}

#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    pub prefix: &'a UserPrefix,
    /// Fold everything below the next `/` into one common prefix.
    pub folders: bool,
    /// Storage's own token, from the page before.
    pub token: Option<&'a str>,
    /// 1–1000.
    pub limit: u16,
}

#[derive(Clone, Debug, Default)]
pub struct ListedPage {
    pub objects: Vec<ListedObject>,
    /// Each ends in `/`.
    pub folders: Vec<String>,
    /// Storage's own; `None` on the last page.
    pub next: Option<String>,
}

/// A row of a listing. Its key is text, not a `UserKey`: other tools may have stored names that ours refuse.
#[derive(Clone, Debug)]
pub struct ListedObject {
    pub key: String,
    /// Bytes.
    pub size: u64,
    pub last_modified: Option<Timestamp>,
    /// Without quotes.
    pub etag: String,
    pub storage_class: String,
}

#[derive(Clone, Debug, Default)]
pub struct VersionPage {
    pub versions: Vec<ListedVersion>,
    /// Storage's marker of the version to go on after; `None` on the last page.
    pub next: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ListedVersion {
    pub version_id: String,
    pub is_latest: bool,
    pub is_delete_marker: bool,
    pub last_modified: Option<Timestamp>,
    pub size: u64,
    pub etag: String,
}

/// What storage knows of an object beside its bytes.
#[derive(Clone, Debug)]
pub struct ObjectHead {
    pub content_type: Option<String>,
    /// Bytes of the whole object, also when a range is read.
    pub size: u64,
    pub last_modified: Option<Timestamp>,
    /// Without quotes.
    pub etag: String,
    pub version_id: Option<String>,
    pub storage_class: Option<String>,
    pub checksum: Option<Checksum>,
    pub metadata: BTreeMap<String, String>,
    /// The version asked for is a delete marker: it exists, but has no bytes.
    pub is_delete_marker: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct GetRequest<'a> {
    pub version: Option<&'a str>,
    /// As in the `Range` header: `bytes=0-99`.
    pub range: Option<&'a str>,
    /// As in the header of that name.
    pub if_none_match: Option<&'a str>,
}

pub enum Download {
    /// `If-None-Match` named what is there.
    NotModified,
    Bytes(Box<ObjectBytes>),
}

pub struct ObjectBytes {
    pub head: ObjectHead,
    /// `bytes 0-99/1000` when a range was asked for and granted.
    pub content_range: Option<String>,
    /// Bytes that will come.
    pub length: u64,
    pub stream: BoxStream<'static, io::Result<Bytes>>,
}

/// What is stored beside the bytes, as the writer gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders {
    pub content_type: Option<String>,
    /// Names without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    None,
    /// `If-None-Match: *`: only where no object of this key is.
    Absent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Without quotes.
    pub etag: String,
    pub version_id: Option<String>,
}

/// What one of many deletions is about.
#[derive(Clone, Debug)]
pub struct DeleteTarget {
    pub key: UserKey,
    /// This version for good, rather than the object.
    pub version: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct DeletedMany {
    /// Where the bucket keeps versions: what hides each deleted object from now on.
    pub markers: Vec<DeleteMarker>,
    /// What is still there, each with storage's reason.
    pub failures: Vec<DeleteFailure>,
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
    /// Storage's error code, such as `AccessDenied`.
    pub code: String,
}

/// An unfinished upload that storage knows of.
#[derive(Clone, Debug)]
pub struct ListedUpload {
    pub key: String,
    pub upload_id: String,
    pub initiated: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub struct UploadPage {
    pub uploads: Vec<ListedUpload>,
    pub next: Option<UploadMarker>,
}

/// Where the next page of unfinished uploads begins.
#[derive(Clone, Debug)]
pub struct UploadMarker {
    pub key: String,
    pub upload_id: Option<String>,
}

/// What a presigned GET is answered with, whatever the object's own headers say.
#[derive(Clone, Copy, Debug)]
pub struct GetAnswer<'a> {
    pub version: Option<&'a str>,
    pub content_type: &'a str,
    pub content_disposition: &'a str,
}

#[derive(Clone, Copy, Debug)]
pub struct PutToSign<'a> {
    pub headers: &'a ObjectHeaders,
    pub size: u64,
    pub checksum: Option<&'a Checksum>,
    pub precondition: Precondition,
}

#[derive(Clone, Copy, Debug)]
pub struct PartToStore<'a> {
    pub upload_id: &'a str,
    pub part_number: u16,
    pub payload: &'a Payload,
    pub checksum: Option<ChecksumAlgorithm>,
}

#[derive(Clone, Copy, Debug)]
pub struct PartToPresign<'a> {
    pub upload_id: &'a str,
    pub part_number: u16,
    pub size: u64,
    pub checksum: Option<&'a Checksum>,
}

/// A signed request. Whoever holds it can do it until it expires, so it does not show in logs.
#[derive(Clone)]
pub struct Presigned {
    pub url: String,
    /// To be sent exactly so. `host` and `content-length` are signed as well but left out here: every client
    /// sends them by itself, and a browser may not set them.
    pub headers: BTreeMap<String, String>,
}

impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presigned(…)")
    }
}
