use app::features::api_keys::types::{CreateApiKeyRequest, CreatedApiKey};
use axum::extract::State;

use crate::{
    features::{audit::Origin, auth::principal::Person},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Makes an API key. The answer is the only one that ever shows it.
///
/// It goes into the header `X-API-Key`, works with files alone, and no further than its scopes, its prefix and its
/// owner. Unless given: both scopes, all of the caller's own files, and no end.
#[utoipa::path(
    post,
    path = "/api/auth/api-keys",
    tag = "Accounts",
    request_body = CreateApiKeyRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = CreatedApiKey),
        (status = 403, description = "The prefix is not the caller's, or the caller is an API key"),
        (status = 409, description = "There are too many keys already"),
    )
)]
pub(super) async fn create_api_key(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Json(request): Json<CreateApiKeyRequest>,
) -> Result<Json<CreatedApiKey>, Problem> {
    Ok(Json(state.api_keys.create(&caller, request, &origin).await?))
}
