use app::features::auth::types::{RegisterRequest, RegisterResponse};
use axum::{Extension, extract::State};

use crate::{
    features::audit::Origin,
    http::{compat::CalledAs, extract::Json, problem::Problem},
    state::AppState,
};

/// Opens an account.
///
/// `role` may only be `user`. With an e-mail address, a code is mailed there, and the account exists once the code was
/// sent to `POST /api/auth/confirm`; until then neither the name nor the address is reserved. The answer is the same
/// for an address that has an account already: its owner is told by mail.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    tag = "Accounts",
    request_body = RegisterRequest,
    responses(
        (status = 200, body = RegisterResponse),
        (status = 403, description = "A role other than `user`, or registration is closed"),
        (status = 501, description = "With an e-mail address: this server sends no mail"),
    )
)]
pub(super) async fn register(
    State(state): State<AppState>,
    older_path: Option<Extension<CalledAs>>,
    origin: Origin,
    Json(request): Json<RegisterRequest>,
) -> Result<Json<RegisterResponse>, Problem> {
    let email = request.email.clone();
    let (user_id, username) = state.auth.register(request, &origin).await?;
    let message = match (&email, older_path) {
        // The words of the document that prints the path.
        (None, _) | (Some(_), Some(_)) => "User registered successfully",
        (Some(_), None) => "User registered successfully. Please check your email for verification code.",
    };
    Ok(Json(RegisterResponse {
        message: message.to_owned(),
        user_id,
        username: username.as_str().to_owned(),
        email,
    }))
}
