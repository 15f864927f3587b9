use app::features::auth::types::Me;
use axum::extract::State;

use crate::{
    features::auth::principal::Principal,
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Who the caller is.
#[utoipa::path(
    get,
    path = "/api/auth/me",
    tag = "Accounts",
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Me))
)]
pub(super) async fn me(State(state): State<AppState>, caller: Principal) -> Result<Json<Me>, Problem> {
    Ok(Json(state.auth.me(&caller).await?))
}
