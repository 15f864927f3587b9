use app::{contract::ApiKeyId, features::auth::types::Message};
use axum::extract::State;

use crate::{
    features::{audit::Origin, auth::principal::Person},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// Deletes an API key: it is dead at once, on every replica.
#[utoipa::path(
    delete,
    path = "/api/auth/api-keys/{id}",
    tag = "Accounts",
    params(("id" = ApiKeyId, Path, description = "Of `GET /api/auth/api-keys`")),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = Message),
        (status = 404, description = "No such key of the caller's"),
    )
)]
pub(super) async fn delete_api_key(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Path(id): Path<ApiKeyId>,
) -> Result<Json<Message>, Problem> {
    state.api_keys.delete(&caller, id, &origin).await?;
    Ok(Json(Message::new("API key deleted")))
}
