use app::features::auth::types::{RefreshRequest, TokenResponse};
use axum::extract::State;

use crate::{
    features::{audit::Origin, auth::service::Lifetime},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Exchanges a refresh token for the next one, with new access and id tokens.
///
/// Each refresh token is good once. For ten seconds after its use it gives the same answer again, so that two tabs
/// may refresh at the same time; after that, or once its successor was used, showing it ends the whole sign-in.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "Accounts",
    request_body = RefreshRequest,
    responses(
        (status = 200, body = TokenResponse),
        (status = 401, description = "`TOKEN_EXPIRED`; `INVALID_TOKEN` for one that is unknown, revoked or used"),
    )
)]
pub(super) async fn refresh(
    State(state): State<AppState>,
    lifetime: Lifetime,
    origin: Origin,
    Json(request): Json<RefreshRequest>,
) -> Result<Json<TokenResponse>, Problem> {
    let token = request.refresh_token.into();
    Ok(Json(state.auth.refresh(&token, lifetime, &origin).await?))
}
