//! Object storage as the use cases see it. Every function that names an object takes a [`UserKey`] or a
//! [`UserPrefix`], which only a caller's `KeyRoot` can make: to reach someone else's object one would have to
//! forge a type.
//!
//! A failure is never an empty answer: what cannot be read is an error, [`StoreError::Unavailable`] when storage
//! itself is at fault.

mod deletion;
mod listed;
mod object;
mod parts;
mod payload;
mod presigned;
mod probe;
mod s3;
mod setup;

use std::{io, time::Duration};

use app::{
    contract::{BucketName, ListedKey, UserKey, UserPrefix},
    features::files::types::ChecksumAlgorithm,
};
use async_trait::async_trait;

pub use deletion::{DeleteFailure, DeleteMarker, DeleteTarget, DeletedMany};
pub use listed::{
    ListRequest, ListedObject, ListedPage, ListedUpload, ListedVersion, UploadMarker, UploadPage, VersionPage,
};
pub use object::{
    ConditionalWrites, GetRequest, ObjectBytes, ObjectHead, ObjectHeaders, Precondition, Written,
};
pub use parts::{ListedPart, PartToJoin, PartToStore};
pub use payload::{Payload, Spool, SpoolError, SpooledFile};
pub use presigned::{GetAnswer, PartToPresign, Presigned, PutToSign};
pub use probe::{CLOCK_TOLERANCE, Probe, ProbeError};
pub use s3::{S3Config, S3Credentials, S3Store};
pub use setup::{Cors, StorageSetup};

/// The one production implementation is [`S3Store`]; the trait is here so that failures can be injected.
#[async_trait]
pub trait ObjectStore: Send + Sync + 'static {
    /// One page of a listing, in the order of the keys' bytes.
    async fn list(&self, bucket: &BucketName, request: ListRequest<'_>) -> Result<ListedPage, StoreError>;

    /// Whether a listing shows exactly this key.
    async fn is_listed(&self, bucket: &BucketName, key: &ListedKey) -> Result<bool, StoreError>;

    /// The versions of exactly this key, newest first, delete markers among them.
    async fn list_versions(
        &self,
        bucket: &BucketName,
        key: &ListedKey,
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
    ) -> Result<ObjectBytes, StoreError>;

    async fn put(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        headers: &ObjectHeaders,
        payload: &Payload,
        precondition: &Precondition,
    ) -> Result<Written, StoreError>;

    /// Deletes an object (with versioning: hides it behind a delete marker) or, for good, one version. Deleting
    /// what is not there succeeds, as in S3.
    async fn delete(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<(), StoreError>;

    /// Deletes up to 1,000 objects or, for good, versions, each decided by itself. Where the answer does not say what
    /// became of one, storage is asked about it.
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

    /// Stores one part; with `checksum`, the algorithm that the upload began with, storage verifies it. The part
    /// that is answered has its size and, with an algorithm, its checksum.
    async fn upload_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: PartToStore<'_>,
    ) -> Result<ListedPart, StoreError>;

    /// All parts that storage has of an upload, in ascending order; [`StoreError::NotFound`] when there is no
    /// such upload (any more).
    async fn list_parts(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
    ) -> Result<Vec<ListedPart>, StoreError>;

    /// Makes the object out of its parts, which must ascend.
    async fn complete_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
        parts: &[PartToJoin],
        precondition: &Precondition,
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

    /// Which conditions on writes storage holds to. Found out once, and remembered.
    async fn conditional_writes(&self, bucket: &BucketName) -> ConditionalWrites;

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

    /// Whether the bucket can be reached with our credentials, or what is in the way.
    async fn probe(&self, bucket: &BucketName) -> Result<Probe, ProbeError>;

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
    /// Storage refused what we asked for, and the fault is not the caller's: with its error code, such as
    /// `InvalidRequest`, and its own words.
    #[error("storage refused: {code} ({message})")]
    Refused { code: String, message: String },
    /// Storage answered, and its answer could not be read: it may have done what was asked.
    #[error("storage's answer could not be read: {0}")]
    Unreadable(String),
    /// An answer that makes no sense here.
    #[error("storage answered unexpectedly: {0}")]
    Unexpected(String),
    #[error("the spooled bytes could not be read")]
    Spool(#[from] io::Error),
}
