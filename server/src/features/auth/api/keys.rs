use app::contract::{ApiError, ErrorCode};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;

use crate::{http::problem::Problem, state::AppState};

/// How long verifiers may go without asking: a new key is published at least this long before it signs.
const CACHING: &str = "public, max-age=300";

/// The keys that verify this server's tokens, as a JSON Web Key Set (RFC 7517).
///
/// Only under `JWT_ALGORITHM=RS256` or `EdDSA`. Retired keys are listed as long as they are configured.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "Accounts",
    responses(
        (status = 200, body = Value, content_type = "application/json"),
        (status = 404, description = "Tokens are signed with a shared secret"),
    )
)]
pub(super) async fn public_keys(State(state): State<AppState>) -> Result<Response, Problem> {
    let keys = state.auth.public_keys().ok_or_else(|| {
        Problem::new(ApiError::new(
            ErrorCode::ResourceNotFound,
            "Tokens of this server are signed with a secret that is not shared",
        ))
    })?;
    Ok(([(header::CACHE_CONTROL, CACHING)], Json(keys)).into_response())
}
