use app::features::files::types::{DownloadRequest, DownloadResponse};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// A presigned URL that reads one object straight from storage.
///
/// Content type and disposition are part of the signature: no object is answered in a way that a browser would
/// execute, whatever type it was uploaded with.
#[utoipa::path(
    post,
    path = "/api/s3/download",
    tag = "Files",
    request_body = DownloadRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = DownloadResponse), Refusals)
)]
pub(super) async fn download_url(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Json(request): Json<DownloadRequest>,
) -> Result<Json<DownloadResponse>, Problem> {
    Ok(Json(state.files.download(&who, &request).await?))
}
