use app::{contract::JobId, features::jobs::types::Job};
use axum::{Json, extract::State};

use crate::{
    features::auth::CanWrite,
    http::{extract::Path, problem::Problem},
    state::AppState,
};

/// Cancels a job, and answers how it is now.
///
/// One that has not begun is cancelled at once. One that runs stops within seconds, and what it has done stays done.
#[utoipa::path(
    delete,
    path = "/api/jobs/{id}",
    tag = "Jobs",
    params(("id" = JobId, Path, description = "Of the answer that began it")),
    security(("bearer" = []), ("api_key" = []), ("session" = [])),
    responses(
        (status = 200, body = Job),
        (status = 404, description = "No such job of the caller's"),
        (status = 409, description = "It has ended already"),
    )
)]
pub(super) async fn cancel_job(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Path(id): Path<JobId>,
) -> Result<Json<Job>, Problem> {
    Ok(Json(state.jobs.cancel(&who, id).await?))
}
