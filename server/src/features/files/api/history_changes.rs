use app::{
    contract::ApiError,
    features::{
        files::types_history::{ChangeCounts, ChangesQuery},
        jobs::types::QueuedJob,
    },
};
use axum::{extract::State, response::Response};

use super::done_or_accepted;
use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{extract::Query, problem::Problem},
    state::AppState,
};

/// How many objects below a prefix are others than at a moment.
///
/// Where there are more than 10,000 versions a job counts: the same request answers 200 once it is done, for five
/// minutes.
#[utoipa::path(
    get,
    path = "/api/s3/history/changes",
    tag = "Files",
    params(ChangesQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = ChangeCounts),
        (status = 202, body = QueuedJob, description = "A job counts"),
        (status = 409, body = ApiError, description = "`CONFLICT`: too many jobs wait or run"),
        (status = 501, body = ApiError, description = "`UNSUPPORTED`: the bucket keeps no versions"),
        Refusals
    )
)]
pub(super) async fn history_changes(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<ChangesQuery>,
) -> Result<Response, Problem> {
    let answer = state.history.changes(&who, &query).await?;
    Ok(done_or_accepted(answer))
}
