//! Reads a whole body into memory: a small one, at the pace that the listener demands.

use std::error::Error;

use app::contract::{ApiError, ErrorCode};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::StatusCode;
use listener::BodyError;

use crate::http::problem::Problem;

/// At most [`super::MAX_BODY_BYTES`].
pub(crate) async fn body_of<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let error = ApiError::new(ErrorCode::PayloadTooLarge, "The body is too large");
            Problem::new(error)
        } else if came_too_slowly(&rejection) {
            let error = ApiError::new(ErrorCode::ValidationError, "The body took too long to arrive");
            Problem::new(error).with_status(StatusCode::REQUEST_TIMEOUT)
        } else {
            Problem::new(ApiError::new(
                ErrorCode::ValidationError,
                "The body could not be read to its end",
            ))
        }
    })
}

/// Whether a body broke off because the listener has given up waiting for it.
pub(crate) fn came_too_slowly(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .any(|error| matches!(error.downcast_ref(), Some(BodyError::TooSlow(_))))
}
