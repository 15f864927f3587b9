use app::features::files::types::{UndeleteRequest, UndeleteResponse};
use axum::extract::State;

use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Takes back 1 to 1,000 deletions where the bucket keeps versions: the objects are there again as they were.
///
/// `markers` are those that `DELETE /api/s3/objects` answered. When one key is refused nothing happens; `errors`
/// names those that stay deleted, such as one that was deleted again since. Only delete markers are ever removed.
#[utoipa::path(
    post,
    path = "/api/s3/objects/undelete",
    tag = "Files",
    request_body = UndeleteRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = UndeleteResponse), Refusals)
)]
pub(super) async fn undelete_objects(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(request): Json<UndeleteRequest>,
) -> Result<Json<UndeleteResponse>, Problem> {
    Ok(Json(state.files.undelete(&who, &request).await?))
}
