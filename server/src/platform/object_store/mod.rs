//! Object storage as the use cases see it: [`S3Store`]. Every operation that names an object takes a `UserKey`, a
//! `ListedKey` or a `UserPrefix`, which only a `KeyRoot` can make: to reach someone else's object one would have to
//! forge a type.
//!
//! A failure is never an empty answer: what cannot be read is an error, [`StoreError::Unavailable`] when storage
//! itself is at fault.

mod copy;
mod deletion;
mod listed;
mod object;
mod parts;
mod payload;
mod presigned;
mod probe;
mod s3;
mod setup;

use std::io;

pub use copy::{Copied, CopySource, LARGEST_COPY, PartToCopy, Replacement, copied_parts};
pub use deletion::{DeleteFailure, DeleteMarker, DeleteTarget, DeletedMany};
pub use listed::{
    ListRequest, ListedObject, ListedPage, ListedUpload, ListedVersion, NamedVersion, UploadMarker,
    UploadPage, VersionMarker, VersionPage, VersionsBelow,
};
pub use object::{
    ConditionalWrites, GetRequest, ObjectBytes, ObjectHead, ObjectHeaders, Precondition, UPLOAD_MARK, Written,
};
pub use parts::{ListedPart, PartToJoin, PartToStore};
pub use payload::{Payload, Spool, SpoolError, SpooledFile};
pub use presigned::{GetAnswer, PartToPresign, Presigned, PutToSign};
pub use probe::{CLOCK_TOLERANCE, Probe, ProbeError};
pub use s3::{S3Config, S3Credentials, S3Store};
pub use setup::{Cors, StorageSetup};

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
    /// Storage lets our credentials in, and does not let them do this. It answers the same when it is asked again.
    #[error("storage does not allow this: {0}")]
    Denied(String),
    /// Storage cannot be reached, is overloaded, or does not know our credentials. Worth another try later.
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

impl StoreError {
    /// Whether storage may have done what was asked, or may do it yet, without our hearing of it.
    #[must_use]
    pub const fn leaves_it_open(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Denied(_) | Self::Unreadable(_) | Self::Unexpected(_)
        )
    }
}
