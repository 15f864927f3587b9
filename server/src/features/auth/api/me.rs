use app::features::auth::{types::Me, types_profile::UpdateMeRequest};
use axum::extract::State;

use crate::{
    features::{
        audit::Origin,
        auth::{AnyCaller, principal::Person},
    },
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Who the caller is.
#[utoipa::path(
    get,
    path = "/api/auth/me",
    tag = "Accounts",
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = Me))
)]
pub(super) async fn me(
    State(state): State<AppState>,
    AnyCaller(caller): AnyCaller,
) -> Result<Json<Me>, Problem> {
    Ok(Json(state.auth.me(&caller).await?))
}

/// Changes what the caller says about themselves.
///
/// Another e-mail address needs the current password, and takes effect once it is confirmed; until then the answer
/// shows the old one.
#[utoipa::path(
    patch,
    path = "/api/auth/me",
    tag = "Accounts",
    request_body = UpdateMeRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = Me),
        (status = 400, description = "Not acceptable, or the current password is wrong"),
        (status = 501, description = "With an e-mail address: this server sends no mail"),
    )
)]
pub(super) async fn update_me(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Json(request): Json<UpdateMeRequest>,
) -> Result<Json<Me>, Problem> {
    Ok(Json(state.auth.update_me(&caller, request, &origin).await?))
}
