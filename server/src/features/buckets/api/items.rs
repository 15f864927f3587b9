use app::features::{
    buckets::types::ItemsQuery,
    files::types::{ListQuery, ObjectPage},
};
use axum::extract::State;

use super::own;
use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Path, Query},
        problem::Problem,
    },
    state::AppState,
};

/// One page of all objects in a bucket, in the order of their keys.
#[utoipa::path(
    get,
    path = "/api/buckets/{name}/items",
    tag = "Buckets",
    params(("name" = String, Path), ItemsQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = ObjectPage), Refusals)
)]
pub(super) async fn list_items(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Path(name): Path<String>,
    Query(query): Query<ItemsQuery>,
) -> Result<Json<ObjectPage>, Problem> {
    let query = ListQuery {
        bucket: Some(own(&state, &who, &name).await?),
        prefix: query.prefix,
        continuation_token: query.continuation_token,
        max_keys: query.max_keys,
        recursive: Some(true),
    };
    Ok(Json(state.files.list(&who, &query).await?))
}
