use app::features::files::types_stored::{SpaceQuery, Usage};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// How many current objects lie under a prefix, and their bytes.
#[utoipa::path(
    get,
    path = "/api/s3/usage",
    tag = "Files",
    params(SpaceQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = Usage), Refusals)
)]
pub(super) async fn usage(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<SpaceQuery>,
) -> Result<Json<Usage>, Problem> {
    Ok(Json(state.files.usage(&who, &query).await?))
}
