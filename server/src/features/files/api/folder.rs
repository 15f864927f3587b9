use app::features::{auth::types::Message, files::types::CreateFolderRequest};
use axum::extract::State;

use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Makes a folder: an empty object whose key ends in `/`. One that is there already stays as it is.
#[utoipa::path(
    post,
    path = "/api/s3/folder",
    tag = "Files",
    request_body = CreateFolderRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = Message), Refusals)
)]
pub(super) async fn create_folder(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(request): Json<CreateFolderRequest>,
) -> Result<Json<Message>, Problem> {
    state.files.create_folder(&who, &request).await?;
    Ok(Json(Message::new("Folder created successfully")))
}
