//! A whole body, in memory: small, and soon.

use std::time::Duration;

use app::contract::{ApiError, ErrorCode};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::StatusCode;

use crate::http::problem::Problem;

/// For all of the body, however lively its drops: a mebibyte takes a tenth of this on the slowest of lines.
const DEADLINE: Duration = Duration::from_secs(60);

/// At most [`super::MAX_BODY_BYTES`], within a minute.
pub(in crate::http) async fn body_of<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    within(DEADLINE, request, state).await
}

async fn within<S: Send + Sync>(deadline: Duration, request: Request, state: &S) -> Result<Bytes, Problem> {
    match tokio::time::timeout(deadline, Bytes::from_request(request, state)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Problem::new(
            ApiError::new(ErrorCode::PayloadTooLarge, "The body is too large"),
        )),
        Ok(Err(_)) => Err(Problem::new(ApiError::new(
            ErrorCode::ValidationError,
            "The body could not be read to its end",
        ))),
        Err(_) => Err(Problem::new(ApiError::new(
            ErrorCode::ValidationError,
            "The body took too long to arrive",
        ))
        .with_status(StatusCode::REQUEST_TIMEOUT)),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn security_35_a_body_that_drips_comes_to_an_end() {
        let drops = stream::unfold((), |()| async {
            tokio::task::yield_now().await;
            Some((Ok::<_, std::io::Error>(""), ()))
        });
        let request = Request::new(Body::from_stream(drops));
        let refusal = within(Duration::from_millis(50), request, &()).await.unwrap_err();
        assert_eq!(refusal.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
