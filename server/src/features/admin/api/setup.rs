use app::features::auth::{types::RegisterResponse, types_setup::SetupRequest};
use axum::extract::State;

use crate::{
    features::audit::Origin,
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Makes the first admin of an installation, once.
///
/// The token is in the server's first output, and good for a day.
#[utoipa::path(
    post,
    path = "/api/auth/setup",
    tag = "Accounts",
    request_body = SetupRequest,
    responses(
        (status = 200, body = RegisterResponse),
        (status = 403, description = "The token is wrong or too old"),
        (status = 404, description = "There is an admin, or has been one"),
    )
)]
pub(super) async fn set_up(
    State(state): State<AppState>,
    origin: Origin,
    Json(request): Json<SetupRequest>,
) -> Result<Json<RegisterResponse>, Problem> {
    let (user_id, username) = state.administration.set_up(request, &origin).await?;
    Ok(Json(RegisterResponse {
        message: "The first administrator can sign in now".to_owned(),
        user_id,
        username,
        email: None,
    }))
}
