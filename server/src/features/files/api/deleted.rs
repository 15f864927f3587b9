use app::{
    contract::ApiError,
    features::files::types_history::{DeletedPage, DeletedQuery},
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

/// What was deleted under a prefix and can be brought back, in the order of the keys.
///
/// A page may be empty while `has_more` is true: go on with `continuation_token`.
#[utoipa::path(
    get,
    path = "/api/s3/deleted",
    tag = "Files",
    params(DeletedQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = DeletedPage),
        (status = 501, body = ApiError, description = "`UNSUPPORTED`: the bucket keeps no versions"),
        Refusals
    )
)]
pub(super) async fn deleted_objects(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<DeletedQuery>,
) -> Result<Json<DeletedPage>, Problem> {
    Ok(Json(state.history.deleted(&who, &query).await?))
}
