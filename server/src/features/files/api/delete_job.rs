use app::features::{files::changes::DeleteRequest, jobs::types::QueuedJob};
use axum::extract::State;
use http::StatusCode;

use super::accepted;
use crate::{
    features::{audit::Origin, auth::CanWrite, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Deletes objects and folders of any size, as a job. Where the bucket keeps versions it can be undone for a day; with
/// `permanent` every version goes, and the space is free.
#[utoipa::path(
    post,
    path = "/api/s3/delete",
    tag = "Files",
    request_body = DeleteRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 202, body = QueuedJob),
        (status = 409, body = app::contract::ApiError,
            description = "`CONFLICT`: another job works there, or too many jobs wait"),
        Refusals
    )
)]
pub(super) async fn delete_by_job(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    origin: Origin,
    Json(request): Json<DeleteRequest>,
) -> Result<(StatusCode, axum::Json<QueuedJob>), Problem> {
    let job_id = state.changes.delete(&who, &request, &origin).await?;
    Ok(accepted(job_id))
}
