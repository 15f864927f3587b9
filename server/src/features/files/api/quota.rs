use app::features::files::types_stored::{QuotaUse, SpaceQuery};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// How much of the quota is used that a prefix counts to. Costs no look at storage, unlike `GET /api/s3/usage`.
#[utoipa::path(
    get,
    path = "/api/s3/quota",
    tag = "Files",
    params(SpaceQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = QuotaUse), Refusals)
)]
pub(super) async fn quota(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<SpaceQuery>,
) -> Result<Json<QuotaUse>, Problem> {
    Ok(Json(state.files.quota(&who, &query).await?))
}
