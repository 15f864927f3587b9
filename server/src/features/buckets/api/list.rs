use app::features::buckets::types::{BucketsPage, BucketsQuery};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// The caller's buckets in the server's storage; to an admin, everyone's.
#[utoipa::path(
    get,
    path = "/api/buckets",
    tag = "Buckets",
    params(BucketsQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = BucketsPage), Refusals)
)]
pub(super) async fn list_buckets(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<BucketsQuery>,
) -> Result<Json<BucketsPage>, Problem> {
    Ok(Json(state.buckets.list(&who, &query).await?))
}
