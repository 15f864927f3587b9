//! The one map from failures to answers.
//!
//! A feature's errors say what the outside may know ([`Failure::outside`]); the rest (SQL, an upstream's words) is
//! logged here, once, and never leaves.

use std::error::Error as StdError;

use app::contract::{ApiError, ErrorCode};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use crate::platform::{
    database::{Condition, condition},
    error_text::in_one_line,
    object_store::StoreError,
    rate_limit::LimiterError,
};

/// `Retry-After` of every 503 that knows no better.
const UNAVAILABLE_SECONDS: u32 = 5;

/// An error of a use case: a closed enum that knows its external half.
pub trait Failure: StdError + Send + Sync + 'static {
    /// What the caller is told.
    fn outside(&self) -> ApiError;

    /// Seconds after which trying again may help, where that is known.
    fn retry_after(&self) -> Option<u32> {
        None
    }
}

/// A failure on its way out.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    error: ApiError,
    /// `Retry-After`, in seconds.
    retry_after: Option<u32>,
    /// Logged, never sent.
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Problem {
    #[must_use]
    pub fn new(error: ApiError) -> Self {
        Self {
            status: StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            retry_after: (error.status() == 503).then_some(UNAVAILABLE_SECONDS),
            error,
            cause: None,
        }
    }

    /// 429, in the words of the contract.
    #[must_use]
    pub fn too_many(wait: u32) -> Self {
        Self {
            retry_after: Some(wait),
            ..Self::new(too_many(wait))
        }
    }

    /// For the few routes whose contract gives a code another status than its own (`POST /token`: 400).
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// `Retry-After`, where trying again may help.
    #[must_use]
    pub fn retry_after(&self) -> Option<HeaderValue> {
        self.retry_after.map(HeaderValue::from)
    }

    /// Logs what is kept from the outside and hands over the rest: for pages, which answer in HTML.
    #[must_use]
    pub fn into_outside(self) -> (StatusCode, ApiError) {
        self.log();
        (self.status, self.error)
    }

    fn log(&self) {
        let Some(cause) = &self.cause else { return };
        if self.status.is_server_error() {
            tracing::error!(
                status = self.status.as_u16(),
                cause = in_one_line(cause.as_ref()),
                "request failed"
            );
        } else {
            tracing::debug!(
                status = self.status.as_u16(),
                cause = in_one_line(cause.as_ref()),
                "request refused"
            );
        }
    }
}

impl<F: Failure> From<F> for Problem {
    fn from(failure: F) -> Self {
        let outside = Self::new(failure.outside());
        Self {
            retry_after: failure.retry_after().or(outside.retry_after),
            cause: Some(Box::new(failure)),
            ..outside
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let retry_after = self.retry_after();
        let mut response = (self.status, Json(&self.error)).into_response();
        response.extensions_mut().insert(ErrorBody(self.error.clone()));
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// The error in a response, for code that presents it in another way: pages and the audit log.
#[derive(Clone, Debug)]
pub(crate) struct ErrorBody(pub(crate) ApiError);

/// What is told to whoever did something too often.
#[must_use]
pub fn too_many(wait: u32) -> ApiError {
    ApiError::new(
        ErrorCode::RateLimitExceeded,
        format!("Rate limit exceeded. Try again in {wait} seconds."),
    )
}

impl Failure for LimiterError {
    fn outside(&self) -> ApiError {
        database_unavailable()
    }
}

/// What the outside is told of a failure of the database: that it may pass, that the disk is full, or nothing.
#[must_use]
pub fn database_outside(error: &sqlx::Error) -> ApiError {
    match condition(error) {
        Condition::Unavailable => database_unavailable(),
        Condition::Full => storage_full(),
        Condition::Faulty => ApiError::new(ErrorCode::InternalError, "Something went wrong"),
    }
}

#[must_use]
pub fn database_unavailable() -> ApiError {
    ApiError::new(
        ErrorCode::DatabaseUnavailable,
        "The accounts cannot be reached. Try again in a few seconds.",
    )
}

#[must_use]
pub fn storage_full() -> ApiError {
    ApiError::new(
        ErrorCode::StorageFull,
        "The server's disk is full, so nothing was changed. Deleting still works: what is deleted for good makes room.",
    )
}

#[must_use]
pub fn object_not_found() -> ApiError {
    ApiError::new(ErrorCode::ResourceNotFound, "Object not found")
}

/// Storage's words stay inside. That storage is down is never dressed up as an empty or missing object.
#[must_use]
pub fn storage_outside(error: &StoreError) -> ApiError {
    match error {
        StoreError::NotFound => object_not_found(),
        StoreError::PreconditionFailed => {
            ApiError::new(ErrorCode::Conflict, "An object with this key already exists")
        }
        StoreError::RangeNotSatisfiable => {
            ApiError::new(ErrorCode::ValidationError, "The range lies outside the object")
        }
        StoreError::InvalidParts(_) => ApiError::field(
            "parts",
            "do not make an object: each but the last needs at least 5 MiB, with the etag it was stored under",
        ),
        StoreError::ChecksumMismatch => ApiError::new(
            ErrorCode::ValidationError,
            "The bytes that arrived do not match their checksum",
        ),
        StoreError::Unsupported(_) => ApiError::new(
            ErrorCode::Unsupported,
            "The storage behind this server cannot do this",
        ),
        StoreError::Full => storage_full(),
        StoreError::Spool(error) if Condition::of_io(error) == Condition::Full => storage_full(),
        StoreError::NoSuchBucket
        | StoreError::Unavailable(_)
        | StoreError::Unreadable(_)
        | StoreError::Spool(_) => ApiError::new(
            ErrorCode::StorageUnavailable,
            "Storage cannot be reached at the moment. Nothing was lost; try again shortly.",
        ),
        StoreError::Denied(_) => ApiError::new(
            ErrorCode::StorageUnavailable,
            "Storage does not allow this server to do that. Nothing was lost; tell your administrator.",
        ),
        StoreError::Refused { code, .. } => ApiError::new(
            ErrorCode::InternalError,
            format!("Storage refused this ({code}). If it does so again, tell your administrator."),
        ),
        StoreError::Unexpected(_) => ApiError::new(ErrorCode::InternalError, "Something went wrong"),
    }
}
