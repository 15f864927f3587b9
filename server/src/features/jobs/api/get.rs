use app::{contract::JobId, features::jobs::types::Job};
use axum::{Json, extract::State};

use crate::{
    features::auth::CanRead,
    http::{extract::Path, problem::Problem},
    state::AppState,
};

/// One job of the caller's.
#[utoipa::path(
    get,
    path = "/api/jobs/{id}",
    tag = "Jobs",
    params(("id" = JobId, Path, description = "Of the answer that began it")),
    security(("bearer" = []), ("api_key" = []), ("session" = [])),
    responses(
        (status = 200, body = Job),
        (status = 404, description = "No such job of the caller's"),
    )
)]
pub(super) async fn get_job(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Path(id): Path<JobId>,
) -> Result<Json<Job>, Problem> {
    Ok(Json(state.jobs.get(&who, id).await?))
}
