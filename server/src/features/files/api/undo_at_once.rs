use app::{
    contract::ApiError,
    features::{auth::types::Message, files::changes::UndoRequest},
};
use axum::extract::State;

use crate::{
    features::{auth::CanReadWrite, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Undoes a change of one object that was made at once: a copy, a move, or a deletion by `DELETE /api/s3/object`. Its answer
/// holds the token, where the bucket keeps versions; it is good for a day.
///
/// If somebody has changed the object since, the answer is 409 and everything stays as it is. A job is undone by
/// `POST /api/jobs/{id}/undo`.
#[utoipa::path(
    post,
    path = "/api/s3/undo",
    tag = "Files",
    request_body = UndoRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = Message),
        (status = 409, body = ApiError,
            description = "`CONFLICT`: the object was changed since, or a day has passed"),
        Refusals
    )
)]
pub(super) async fn undo_at_once(
    State(state): State<AppState>,
    CanReadWrite(who): CanReadWrite,
    Json(request): Json<UndoRequest>,
) -> Result<Json<Message>, Problem> {
    state.changes.undo_at_once(&who, &request.token).await?;
    Ok(Json(Message::new("Undone")))
}
