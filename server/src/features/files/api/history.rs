use app::{
    contract::ApiError,
    features::files::types_history::{HistoryPage, HistoryQuery},
};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// A folder as it was at a moment, to the second of storage's clock: its objects and the folders in it.
///
/// `change` says what became of each since. A page may be empty while `has_more` is true: go on with
/// `continuation_token`.
#[utoipa::path(
    get,
    path = "/api/s3/history",
    tag = "Files",
    params(HistoryQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = HistoryPage),
        (status = 501, body = ApiError, description = "`UNSUPPORTED`: the bucket keeps no versions"),
        Refusals
    )
)]
pub(super) async fn folder_history(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<HistoryPage>, Problem> {
    Ok(Json(state.history.folder(&who, &query).await?))
}
