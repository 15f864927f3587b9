use app::features::{
    files::changes::{TransferRequest, Transferred},
    jobs::types::QueuedJob,
};
use axum::{extract::State, response::Response};

use super::done_or_accepted;
use crate::{
    features::{audit::Origin, auth::CanReadWrite, files::changes::Kind, quota::OverQuota, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Moves objects and folders, or renames them. A source is deleted once its copy was verified, and only while it is
/// what was copied. What takes longer than seconds is a job.
#[utoipa::path(
    post,
    path = "/api/s3/move",
    tag = "Files",
    request_body = TransferRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = Transferred, description = "One object, moved at once"),
        (status = 202, body = QueuedJob, description = "The job that moves"),
        (status = 409, body = app::contract::ApiError,
            description = "`CONFLICT`: the name is taken, another job works there, or too many jobs wait"),
        OverQuota,
        Refusals
    )
)]
pub(super) async fn move_objects(
    State(state): State<AppState>,
    CanReadWrite(who): CanReadWrite,
    origin: Origin,
    Json(request): Json<TransferRequest>,
) -> Result<Response, Problem> {
    let answer = state
        .changes
        .transfer(&who, &request, Kind::Move, &origin)
        .await?;
    Ok(done_or_accepted(answer))
}
