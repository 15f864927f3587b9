use app::features::auth::types::{RegisterRequest, RegisterResponse};
use axum::extract::State;

use crate::{
    features::audit::Origin,
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Opens an account.
///
/// `role` may only be `user`. An e-mail address is refused with 501 until this server can send the mail that
/// confirms it.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    tag = "Accounts",
    request_body = RegisterRequest,
    responses(
        (status = 200, body = RegisterResponse),
        (status = 403, description = "A role other than `user`, or registration is closed"),
        (status = 501, description = "With an e-mail address: no mail can be sent"),
    )
)]
pub(super) async fn register(
    State(state): State<AppState>,
    origin: Origin,
    Json(request): Json<RegisterRequest>,
) -> Result<Json<RegisterResponse>, Problem> {
    let (user_id, username) = state.auth.register(request, &origin).await?;
    Ok(Json(RegisterResponse {
        message: "User registered successfully".to_owned(),
        user_id,
        username: username.as_str().to_owned(),
        email: None,
    }))
}
