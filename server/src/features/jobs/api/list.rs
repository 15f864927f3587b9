use app::features::jobs::types::{JobsPage, JobsQuery};
use axum::{Json, extract::State};

use crate::{
    features::auth::CanRead,
    http::{extract::Query, problem::Problem},
    state::AppState,
};

/// The caller's jobs, newest first: those that wait and run, and those that ended within a week.
#[utoipa::path(
    get,
    path = "/api/jobs",
    tag = "Jobs",
    params(JobsQuery),
    security(("bearer" = []), ("api_key" = []), ("session" = [])),
    responses((status = 200, body = JobsPage))
)]
pub(super) async fn list_jobs(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<JobsQuery>,
) -> Result<Json<JobsPage>, Problem> {
    Ok(Json(state.jobs.list(&who, &query).await?))
}
