//! Answers of routes, as the OpenAPI document describes them.

use app::contract::ApiError;
use utoipa::IntoResponses;

/// What every route that reaches storage may refuse with.
#[derive(IntoResponses)]
pub(crate) enum Refusals {
    /// `VALIDATION_ERROR`: `fields` says which field is wrong, and why.
    #[response(status = 400)]
    #[expect(dead_code, reason = "describes an answer")]
    Invalid(ApiError),
    /// No credentials, or none that are valid (any more).
    #[response(status = 401)]
    #[expect(dead_code, reason = "describes an answer")]
    Unauthenticated(ApiError),
    /// `PERMISSION_DENIED`: a key or prefix outside the caller's own.
    #[response(status = 403)]
    #[expect(dead_code, reason = "describes an answer")]
    Outside(ApiError),
    /// `RESOURCE_NOT_FOUND`: no such object, version, upload or bucket of the caller's.
    #[response(status = 404)]
    #[expect(dead_code, reason = "describes an answer")]
    NotFound(ApiError),
    /// `STORAGE_UNAVAILABLE`, `DATABASE_UNAVAILABLE`: it cannot be reached, or is locked; `Retry-After` says when to try
    /// again.
    #[response(status = 503)]
    #[expect(dead_code, reason = "describes an answer")]
    Unavailable(ApiError),
}
