use app::features::auth::{
    types::Message,
    types_password::{ChangePasswordRequest, ForgotPasswordRequest, ResetPasswordRequest},
};
use axum::extract::State;

use crate::{
    features::{audit::Origin, auth::principal::Person},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Mails a code for a new password to the account's confirmed address.
///
/// The answer is the same whether or not there is such an account.
#[utoipa::path(
    post,
    path = "/api/auth/forgot-password",
    tag = "Accounts",
    request_body = ForgotPasswordRequest,
    responses((status = 200, body = Message))
)]
pub(super) async fn forgot_password(
    State(state): State<AppState>,
    origin: Origin,
    Json(request): Json<ForgotPasswordRequest>,
) -> Result<Json<Message>, Problem> {
    state.auth.forgot_password(request, &origin).await?;
    Ok(Json(Message::new("Password reset code sent to your email")))
}

/// Sets a new password with a mailed code, signs every device out, and deletes all API keys.
#[utoipa::path(
    post,
    path = "/api/auth/reset-password",
    tag = "Accounts",
    request_body = ResetPasswordRequest,
    responses(
        (status = 200, body = Message),
        (status = 400, description = "The code is wrong or has expired, or the password is not acceptable"),
    )
)]
pub(super) async fn reset_password(
    State(state): State<AppState>,
    origin: Origin,
    Json(request): Json<ResetPasswordRequest>,
) -> Result<Json<Message>, Problem> {
    state.auth.reset_password(request, &origin).await?;
    Ok(Json(Message::new("Password reset successfully")))
}

/// Changes the caller's password, and signs every other device out. API keys go on working.
#[utoipa::path(
    post,
    path = "/api/auth/change-password",
    tag = "Accounts",
    request_body = ChangePasswordRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = Message),
        (status = 400, description = "The current password is wrong, or the new one is not acceptable"),
    )
)]
pub(super) async fn change_password(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Json(request): Json<ChangePasswordRequest>,
) -> Result<Json<Message>, Problem> {
    state.auth.change_password(&caller, request, &origin).await?;
    Ok(Json(Message::new("Password changed successfully")))
}
