//! What the SDK reports, as one of the few things that matter to a use case.

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

use crate::platform::{error_text::in_one_line, object_store::StoreError};

/// By S3's error code (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>), or by the status
/// where an answer has no body (HEAD).
#[expect(clippy::needless_pass_by_value, reason = "stands as it is in every `map_err`")]
pub(super) fn store_error<E>(error: SdkError<E, HttpResponse>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let service = match &error {
        // To the SDK a success that it cannot parse is an error of the service too.
        SdkError::ServiceError(service)
            if service.err().code().is_some() || !service.raw().status().is_success() =>
        {
            service
        }
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            return StoreError::Unreadable(in_one_line(&error));
        }
        // None at all, or one that never came: it passes.
        _ => return StoreError::Unavailable(in_one_line(&error)),
    };
    let status = service.raw().status().as_u16();
    let code = service.err().code();
    let text = || {
        format!(
            "{} {}: {}",
            status,
            code.unwrap_or("without a code"),
            service.err().message().unwrap_or_default()
        )
    };
    match (code, status) {
        (Some("NoSuchKey" | "NoSuchVersion" | "NoSuchUpload" | "NotFound"), _) => StoreError::NotFound,
        (Some("NoSuchBucket"), _) => StoreError::NoSuchBucket,
        (Some("PreconditionFailed" | "ConditionalRequestConflict"), _) | (None, 412) => {
            StoreError::PreconditionFailed
        }
        (Some("InvalidRange"), _) | (_, 416) => StoreError::RangeNotSatisfiable,
        (Some("InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "EntityTooLarge"), _) => {
            StoreError::InvalidParts(text())
        }
        (Some("BadDigest" | "InvalidDigest" | "XAmzContentChecksumMismatch"), _) => {
            StoreError::ChecksumMismatch
        }
        // S3 has no code for it: the embedded store says `StorageFull`, MinIO `XMinioStorageFull`.
        (_, 507) => StoreError::Full,
        (Some("NotImplemented"), _) | (_, 501) => StoreError::Unsupported(text()),
        (Some("SlowDown" | "ServiceUnavailable" | "InternalError" | "RequestTimeout"), _)
        // Whatever is wrong with our own credentials or clock, the caller is not to blame.
        | (
            Some(
                "InvalidAccessKeyId" | "InvalidClientTokenId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken"
                | "TokenRefreshRequired" | "RequestTimeTooSkewed" | "RequestExpired",
            ),
            _,
        )
        | (_, 401 | 429 | 500..) => StoreError::Unavailable(text()),
        (_, 403) => StoreError::Denied(text()),
        (_, 404) => StoreError::NotFound,
        (Some(code), _) => StoreError::Refused {
            code: code.to_owned(),
            message: service.err().message().unwrap_or_default().to_owned(),
        },
        (None, _) => StoreError::Unexpected(text()),
    }
}
