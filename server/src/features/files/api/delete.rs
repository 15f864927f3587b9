use app::features::{
    files::changes::ObjectDeleted,
    files::types::{DeleteObjectsRequest, DeleteObjectsResponse, ObjectRef},
};
use axum::extract::State;

use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Deletes one object. Where the bucket keeps versions it can be restored, and `undo` undoes the deletion. With `version_id`
/// that version is deleted for good.
#[utoipa::path(
    delete,
    path = "/api/s3/object",
    tag = "Files",
    request_body = ObjectRef,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = ObjectDeleted), Refusals)
)]
pub(super) async fn delete_object(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(named): Json<ObjectRef>,
) -> Result<Json<ObjectDeleted>, Problem> {
    let undo = state.files.delete(&who, &named).await?;
    Ok(Json(ObjectDeleted {
        message: "Object deleted successfully".to_owned(),
        undo,
    }))
}

/// Deletes 1 to 1,000 objects. When one key is refused nothing is deleted; `errors` names those that storage kept.
#[utoipa::path(
    delete,
    path = "/api/s3/objects",
    tag = "Files",
    request_body = DeleteObjectsRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = DeleteObjectsResponse), Refusals)
)]
pub(super) async fn delete_objects(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(request): Json<DeleteObjectsRequest>,
) -> Result<Json<DeleteObjectsResponse>, Problem> {
    Ok(Json(state.files.delete_many(&who, &request).await?))
}
