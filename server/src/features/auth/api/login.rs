use app::features::auth::types::{LoginRequest, TokenResponse};
use axum::extract::State;

use crate::{
    features::audit::Origin,
    features::auth::service::Lifetime,
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Signs a script in.
///
/// The access token lives as long as `JWT_EXPIRATION`, and half an hour when asked for through `/auth/login`.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "Accounts",
    request_body = LoginRequest,
    responses(
        (status = 200, body = TokenResponse),
        (status = 401, description = "`INVALID_CREDENTIALS`; `EMAIL_NOT_VERIFIED` once the password was right"),
    )
)]
pub(super) async fn login(
    State(state): State<AppState>,
    lifetime: Lifetime,
    origin: Origin,
    Json(request): Json<LoginRequest>,
) -> Result<Json<TokenResponse>, Problem> {
    Ok(Json(
        state
            .auth
            .login(&request.username, request.password.into(), lifetime, &origin)
            .await?,
    ))
}
