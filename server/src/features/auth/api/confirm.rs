use app::features::auth::{
    types::Message,
    types_registration::{ConfirmRequest, ConfirmResponse, ResendCodeRequest},
};
use axum::extract::State;

use crate::{
    features::audit::Origin,
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Confirms an e-mail address with the code that was mailed to it.
///
/// Of a registration, or of a change by `PATCH /api/auth/me`. A code is good for ten minutes and five tries, once.
#[utoipa::path(
    post,
    path = "/api/auth/confirm",
    tag = "Accounts",
    request_body = ConfirmRequest,
    responses(
        (status = 200, body = ConfirmResponse),
        (status = 400, description = "The code is wrong or has expired, or the username was taken meanwhile"),
        (status = 409, description = "The address belongs to another account"),
    )
)]
pub(super) async fn confirm(
    State(state): State<AppState>,
    origin: Origin,
    Json(request): Json<ConfirmRequest>,
) -> Result<Json<ConfirmResponse>, Problem> {
    Ok(Json(state.auth.confirm(request, &origin).await?))
}

/// Mails a new confirmation code; the one before it is worth nothing then.
///
/// The answer is the same whether or not anybody waits for one. At most ten codes a day go to an address.
#[utoipa::path(
    post,
    path = "/api/auth/resend-code",
    tag = "Accounts",
    request_body = ResendCodeRequest,
    responses((status = 200, body = Message))
)]
pub(super) async fn resend_code(
    State(state): State<AppState>,
    origin: Origin,
    Json(request): Json<ResendCodeRequest>,
) -> Result<Json<Message>, Problem> {
    state.auth.resend_code(request, &origin).await?;
    Ok(Json(Message::new("Confirmation code sent")))
}
