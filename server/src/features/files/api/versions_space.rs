use app::features::files::types_stored::{SpaceQuery, VersionsSpace};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// The bytes that versions which are not current, and unfinished uploads, hold under a prefix.
#[utoipa::path(
    get,
    path = "/api/s3/object/versions/space",
    tag = "Files",
    params(SpaceQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = VersionsSpace), Refusals)
)]
pub(super) async fn versions_space(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<SpaceQuery>,
) -> Result<Json<VersionsSpace>, Problem> {
    Ok(Json(state.files.versions_space(&who, &query).await?))
}
