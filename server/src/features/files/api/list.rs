use app::features::files::types::{ListQuery, ObjectPage};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// One page of a folder: its objects and the folders in it, in the order of their keys.
///
/// With `recursive` all keys below the prefix. A prefix without anything below it is an empty page.
#[utoipa::path(
    get,
    path = "/api/s3/objects",
    tag = "Files",
    params(ListQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = ObjectPage), Refusals)
)]
pub(super) async fn list_objects(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<ListQuery>,
) -> Result<Json<ObjectPage>, Problem> {
    Ok(Json(state.files.list(&who, &query).await?))
}
