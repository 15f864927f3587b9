use app::{contract::JobId, features::jobs::types::QueuedJob};
use axum::extract::State;
use http::StatusCode;

use super::accepted;
use crate::{
    features::{audit::Origin, auth::CanReadWrite, scopes::Refusals},
    http::{extract::Path, problem::Problem},
    state::AppState,
};

/// Undoes a job that copied, moved or deleted, as a job of its own. What was changed since stays as it is, and is among
/// the failures.
#[utoipa::path(
    post,
    path = "/api/jobs/{id}/undo",
    tag = "Jobs",
    params(("id" = JobId, Path)),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 202, body = QueuedJob),
        (status = 409, body = app::contract::ApiError,
            description = "`CONFLICT`: it cannot be undone (any more), or another job works there"),
        Refusals
    )
)]
pub(super) async fn undo_job(
    State(state): State<AppState>,
    CanReadWrite(who): CanReadWrite,
    origin: Origin,
    Path(id): Path<JobId>,
) -> Result<(StatusCode, axum::Json<QueuedJob>), Problem> {
    let job_id = state.changes.undo(&who, id, &origin).await?;
    Ok(accepted(job_id))
}
