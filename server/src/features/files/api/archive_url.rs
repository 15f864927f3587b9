use app::features::files::types_archive::{ArchiveRequest, ArchiveUrl};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// A URL for an archive of more than fits into a query.
///
/// Good once, for five minutes, for the caller and nobody else. Of ten that were not used the oldest gives way.
#[utoipa::path(
    post,
    path = "/api/s3/archive",
    tag = "Files",
    request_body = ArchiveRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = ArchiveUrl), Refusals)
)]
pub(super) async fn archive_url(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Json(request): Json<ArchiveRequest>,
) -> Result<Json<ArchiveUrl>, Problem> {
    Ok(Json(state.archives.link(&who, &request).await?))
}
