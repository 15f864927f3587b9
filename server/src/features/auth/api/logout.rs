use app::features::auth::types::Message;
use axum::extract::State;
use tower_sessions::Session;

use crate::{
    features::audit::Origin,
    features::auth::{
        principal::{Credential, Person},
        session,
    },
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Ends this sign-in: its access token, refresh token and session are dead at once, on every replica.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "Accounts",
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Message))
)]
pub(super) async fn logout(
    State(state): State<AppState>,
    Person { who, sign_in }: Person,
    browser: Session,
    origin: Origin,
) -> Result<Json<Message>, Problem> {
    state.auth.sign_out(&who, sign_in, &origin).await?;
    if let Credential::Session(_) = who.credential {
        session::end(&browser).await?;
    }
    Ok(Json(Message::new("Logged out successfully")))
}
