use app::{
    contract::ApiError,
    features::uploads::types::{CompleteRequest, UploadedResponse},
};
use axum::extract::State;

use crate::{
    features::{auth::CanWrite, quota::OverQuota, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Joins the parts into the object. The parts must be those that storage has, and hold as many bytes as planned.
///
/// Can be repeated: after a success the answer is the same.
#[utoipa::path(
    post,
    path = "/api/s3/multipart/complete",
    tag = "Uploads",
    request_body = CompleteRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = UploadedResponse),
        (status = 409, body = ApiError, description = "`CONFLICT`: an object of this key appeared, and the plan \
            said not to overwrite one. The upload is kept"),
        OverQuota,
        Refusals
    )
)]
pub(super) async fn complete_multipart(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(request): Json<CompleteRequest>,
) -> Result<Json<UploadedResponse>, Problem> {
    Ok(Json(state.uploads.complete(who, request).await?))
}
