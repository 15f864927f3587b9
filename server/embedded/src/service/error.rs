//! The one map from the store's errors to S3's.

use s3s::{S3Error, S3ErrorCode, StdError, s3_error};
use sqlite_file::Condition;

use crate::blobs::WriteError;
use crate::meta::{MetaError, Refusal};

/// The answer to an error of the metadata. Faults are logged here, once, and shown without their cause.
#[expect(clippy::needless_pass_by_value, reason = "stands as it is in every `map_err`")]
pub(super) fn respond(error: MetaError) -> S3Error {
    let condition = match &error {
        MetaError::Refused(refusal) => return refused(refusal),
        MetaError::Full => return full(),
        MetaError::Closed => return s3_error!(ServiceUnavailable, "The store is shutting down"),
        fault => fault.condition(),
    };
    tracing::error!(%error, "metadata");
    match condition {
        Some(Condition::Full) => full(),
        Some(Condition::Unavailable) => s3_error!(ServiceUnavailable, "Please try again."),
        _ => internal(),
    }
}

/// S3 has no code for it. The status is what tells it (RFC 4918, section 11.5).
fn full() -> S3Error {
    let mut error = S3Error::with_message(
        S3ErrorCode::Custom("StorageFull".into()),
        "The disk is full. Nothing was changed. Deleting still works.",
    );
    error.set_status_code(http::StatusCode::INSUFFICIENT_STORAGE);
    error
}

fn internal() -> S3Error {
    s3_error!(
        InternalError,
        "We encountered an internal error. Please try again."
    )
}

pub(super) fn refused(refusal: &Refusal) -> S3Error {
    match refusal {
        Refusal::NoSuchBucket => s3_error!(NoSuchBucket, "The specified bucket does not exist"),
        Refusal::BucketExists => {
            s3_error!(
                BucketAlreadyOwnedByYou,
                "Your previous request to create the named bucket succeeded and you already own it."
            )
        }
        Refusal::BucketNotEmpty => s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"),
        Refusal::NoSuchKey => s3_error!(NoSuchKey, "The specified key does not exist."),
        Refusal::NoSuchVersion => s3_error!(NoSuchVersion, "The specified version does not exist."),
        Refusal::DeleteMarker => {
            s3_error!(
                MethodNotAllowed,
                "The specified method is not allowed against this resource."
            )
        }
        Refusal::NoSuchUpload => s3_error!(
            NoSuchUpload,
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        ),
        Refusal::PreconditionFailed => {
            s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold"
            )
        }
        Refusal::InvalidPart(number) => s3_error!(
            InvalidPart,
            "Part {number} could not be found, or its entity tag or checksum did not match."
        ),
        Refusal::InvalidPartOrder => {
            s3_error!(InvalidPartOrder, "The list of parts was not in ascending order.")
        }
        Refusal::EntityTooSmall(number) => s3_error!(
            EntityTooSmall,
            "Part {number} is smaller than the minimum allowed size, and is not the last."
        ),
        Refusal::BadDigest => s3_error!(BadDigest, "The checksum did not match the uploaded parts."),
        Refusal::InvalidRequest(reason) => s3_error!(InvalidRequest, "{reason}"),
    }
}

/// The answer to a body that could not be stored.
pub(super) fn unwritten(error: WriteError) -> S3Error {
    match error {
        WriteError::TooLarge => {
            s3_error!(
                EntityTooLarge,
                "Your proposed upload exceeds the maximum allowed size"
            )
        }
        WriteError::Full => full(),
        WriteError::Disk(error) => {
            tracing::error!(%error, "blobs");
            match Condition::of_io(&error) {
                Condition::Full => full(),
                _ => internal(),
            }
        }
        WriteError::Body(error) => broken(&error),
    }
}

/// The answer to a body that cannot be read to its end. s3s keeps its error types to itself; their text is all there
/// is to tell them apart by.
pub(crate) fn broken(error: &StdError) -> S3Error {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        error
    } else if text.contains("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch, "A chunk's signature does not match")
    } else if text.contains(listener::TOO_SLOW) {
        s3_error!(
            RequestTimeout,
            "Your socket connection to the server was not read from or written to within the timeout period."
        )
    } else {
        tracing::debug!(error = text, "a body broke off");
        s3_error!(IncompleteBody, "The request body terminated unexpectedly")
    }
}
