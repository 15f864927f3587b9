use app::{
    contract::ApiError,
    features::{
        files::types_history::{CurrentObject, RestoreRequest},
        jobs::types::QueuedJob,
    },
};
use axum::{extract::State, response::Response};

use super::done_or_accepted;
use crate::{
    features::{audit::Origin, auth::CanWrite, quota::OverQuota, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Brings back what was deleted or replaced, where the bucket keeps versions.
///
/// - `{key, version_id}` makes that version the latest, at once. An object that is only deleted comes back by the removal
///   of what hides it; otherwise the version is copied, with its headers, metadata and tags.
/// - `{prefix, deleted_only: true}`: all below the prefix that is deleted, as it was last.
/// - `{prefix, as_of}`: all below the prefix as it was at that moment, to the second. What came later stays, unless
///   `delete_added` is true.
/// - `{keys, as_of}`, `{keys, deleted_only: true}`: the same for 1 to 1,000 objects and, where a key ends in `/`, folders.
///
/// All but the first are jobs. What is changed after the request stays as it is, and is among the job's failures.
#[utoipa::path(
    post,
    path = "/api/s3/object/restore",
    tag = "Files",
    request_body = RestoreRequest,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = CurrentObject, description = "The version is current"),
        (status = 202, body = QueuedJob, description = "A job brings it back"),
        (status = 409, body = ApiError, description = "`CONFLICT`: another job works there, or too many jobs wait or run"),
        (status = 412, body = ApiError, description = "`PRECONDITION_FAILED`: the object was written meanwhile"),
        (status = 501, body = ApiError, description = "`UNSUPPORTED`: the bucket keeps no versions"),
        OverQuota,
        Refusals
    )
)]
pub(super) async fn restore_object(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    origin: Origin,
    Json(request): Json<RestoreRequest>,
) -> Result<Response, Problem> {
    let answer = state.history.restore(&who, &request, &origin).await?;
    Ok(done_or_accepted(answer))
}
