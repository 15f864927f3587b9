use app::features::api_keys::types::ApiKeysResponse;
use axum::extract::State;

use crate::{
    features::auth::principal::Person,
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// The caller's API keys, newest first, each by its hint; expired ones too, until they are deleted.
#[utoipa::path(
    get,
    path = "/api/auth/api-keys",
    tag = "Accounts",
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = ApiKeysResponse))
)]
pub(super) async fn list_api_keys(
    State(state): State<AppState>,
    caller: Person,
) -> Result<Json<ApiKeysResponse>, Problem> {
    Ok(Json(state.api_keys.list(&caller).await?))
}
