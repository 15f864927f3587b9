use app::features::uploads::types::{SignPartsRequest, SignPartsResponse, StoredPartsResponse, UploadRef};
use axum::extract::State;

use crate::{
    features::{
        auth::{CanRead, CanWrite},
        quota::OverQuota,
        scopes::Refusals,
    },
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// Presigned URLs for 1 to 100 parts, each for exactly its number, size and checksum, good for 15 minutes.
#[utoipa::path(
    post,
    path = "/api/s3/multipart/parts",
    tag = "Uploads",
    request_body = SignPartsRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = SignPartsResponse), OverQuota, Refusals)
)]
pub(super) async fn sign_parts(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(request): Json<SignPartsRequest>,
) -> Result<Json<SignPartsResponse>, Problem> {
    Ok(Json(state.uploads.sign_parts(&who, &request).await?))
}

/// Every part that storage has of an upload, with its checksum where it has one: what need not be sent again.
#[utoipa::path(
    get,
    path = "/api/s3/multipart/parts",
    tag = "Uploads",
    params(UploadRef),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = StoredPartsResponse), Refusals)
)]
pub(super) async fn stored_parts(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(named): Query<UploadRef>,
) -> Result<Json<StoredPartsResponse>, Problem> {
    Ok(Json(state.uploads.stored_parts(&who, &named).await?))
}
