//! A handler that panics answers like any other failure; the rest of the server goes on.

use std::any::Any;

use app::contract::{ApiError, ErrorCode};
use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that CatchPanicLayer wants"
)]
pub(crate) fn answer(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("(no message)");
    tracing::error!(message, "a handler panicked");
    Problem::new(ApiError::new(ErrorCode::InternalError, "Something went wrong")).into_response()
}
