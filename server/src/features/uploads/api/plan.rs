use app::features::uploads::types::{PlanRequest, PlanResponse};
use axum::extract::State;

use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Plans 1 to 500 uploads at once: for each file one presigned PUT, or an upload in parts with its first parts
/// signed. A file that is refused, or already there, does not hold up the others.
#[utoipa::path(
    post,
    path = "/api/s3/uploads",
    tag = "Uploads",
    request_body = PlanRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = PlanResponse), Refusals)
)]
pub(super) async fn plan_uploads(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(request): Json<PlanRequest>,
) -> Result<Json<PlanResponse>, Problem> {
    Ok(Json(state.uploads.plan(&who, &request).await?))
}
