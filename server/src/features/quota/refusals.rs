//! The refusals of routes that store something, as the OpenAPI document describes them.

use app::contract::ApiError;
use utoipa::IntoResponses;

#[derive(IntoResponses)]
pub(crate) enum OverQuota {
    /// `PAYLOAD_TOO_LARGE`: of the body. `QUOTA_EXCEEDED`: it does not fit into what is left of the quota (`detail`).
    #[response(status = 413)]
    #[expect(dead_code, reason = "describes an answer")]
    Exceeded(ApiError),
}
