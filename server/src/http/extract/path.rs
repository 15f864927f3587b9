//! Parameters in the path.

use app::contract::{ApiError, ErrorCode};
use axum::extract::{FromRequestParts, rejection::PathRejection};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::http::problem::Problem;

#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|rejection| match rejection {
                PathRejection::FailedToDeserializePathParams(_) => Problem::new(ApiError::new(
                    ErrorCode::ValidationError,
                    "The path is not what this route takes",
                )),
                _ => Problem::new(ApiError::new(ErrorCode::InternalError, "Something went wrong")),
            })
    }
}
