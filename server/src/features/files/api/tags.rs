use app::features::files::{types::ObjectRef, types_stored::ObjectTags};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// The tags of an object, or of one version.
#[utoipa::path(
    get,
    path = "/api/s3/object/tags",
    tag = "Files",
    params(ObjectRef),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = ObjectTags), Refusals)
)]
pub(super) async fn object_tags(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(named): Query<ObjectRef>,
) -> Result<Json<ObjectTags>, Problem> {
    Ok(Json(state.files.tags(&who, &named).await?))
}
