use app::features::uploads::types::{InitiateRequest, InitiateResponse};
use axum::extract::State;

use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Begins one upload in parts. Its id is good for this caller, bucket and key only.
#[utoipa::path(
    post,
    path = "/api/s3/multipart/initiate",
    tag = "Uploads",
    request_body = InitiateRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = InitiateResponse), Refusals)
)]
pub(super) async fn initiate_multipart(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(request): Json<InitiateRequest>,
) -> Result<Json<InitiateResponse>, Problem> {
    Ok(Json(state.uploads.initiate(&who, &request).await?))
}
