use app::{
    contract::SignInId,
    features::auth::{
        types::Message,
        types_sessions::{SessionPage, SessionsQuery},
    },
};
use axum::extract::State;
use tower_sessions::Session;

use crate::{
    features::{
        audit::Origin,
        auth::{
            principal::{Credential, Person},
            session,
        },
    },
    http::{
        extract::{Json, Path, Query},
        problem::Problem,
    },
    state::AppState,
};

/// Where the caller is signed in: device, address, last seen; newest first.
#[utoipa::path(
    get,
    path = "/api/auth/sessions",
    tag = "Accounts",
    params(SessionsQuery),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SessionPage))
)]
pub(super) async fn list_sessions(
    State(state): State<AppState>,
    caller: Person,
    Query(query): Query<SessionsQuery>,
) -> Result<Json<SessionPage>, Problem> {
    Ok(Json(state.auth.sessions(&caller, &query).await?))
}

/// Ends one of the caller's sign-ins: its tokens and its session are dead at once, on every replica.
#[utoipa::path(
    delete,
    path = "/api/auth/sessions/{id}",
    tag = "Accounts",
    params(("id" = SignInId, Path, description = "Of `GET /api/auth/sessions`")),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = Message),
        (status = 404, description = "No such sign-in of the caller's"),
    )
)]
pub(super) async fn end_session(
    State(state): State<AppState>,
    caller: Person,
    browser: Session,
    origin: Origin,
    Path(id): Path<SignInId>,
) -> Result<Json<Message>, Problem> {
    state.auth.end_session(&caller, id, &origin).await?;
    if id == caller.sign_in && matches!(caller.who.credential, Credential::Session(_)) {
        session::end(&browser).await?;
    }
    Ok(Json(Message::new("Signed out")))
}
