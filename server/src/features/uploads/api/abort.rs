use app::{
    contract::ApiError,
    features::{auth::types::Message, uploads::types::UploadRef},
};
use axum::extract::State;

use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Forgets an unfinished upload and every part of it.
#[utoipa::path(
    delete,
    path = "/api/s3/multipart",
    tag = "Uploads",
    request_body = UploadRef,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = Message),
        (status = 409, body = ApiError, description = "`CONFLICT`: storage is putting the object together. The upload \
            ends completed, or can be aborted later"),
        Refusals
    )
)]
pub(super) async fn abort_multipart(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(named): Json<UploadRef>,
) -> Result<Json<Message>, Problem> {
    state.uploads.abort(&who, &named).await?;
    Ok(Json(Message::new("Upload aborted")))
}
