use app::features::uploads::types::{UnfinishedQuery, UnfinishedUploadsResponse};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// The caller's unfinished uploads, newest first, at most 1,000. One that nothing happens to for seven days is
/// forgotten.
#[utoipa::path(
    get,
    path = "/api/s3/multipart",
    tag = "Uploads",
    params(UnfinishedQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = UnfinishedUploadsResponse), Refusals)
)]
pub(super) async fn unfinished_uploads(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<UnfinishedQuery>,
) -> Result<Json<UnfinishedUploadsResponse>, Problem> {
    Ok(Json(state.uploads.unfinished(&who, &query).await?))
}
