use app::features::{auth::types::Message, files::types::ObjectRef};
use axum::extract::State;

use super::own;
use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// Deletes one object of a bucket. Where the bucket keeps versions it can be restored. Its key may hold `/`.
#[utoipa::path(
    delete,
    path = "/api/buckets/{name}/items/{*key}",
    tag = "Buckets",
    params(("name" = String, Path), ("key" = String, Path)),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = Message), Refusals)
)]
pub(super) async fn delete_item(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Path((name, key)): Path<(String, String)>,
) -> Result<Json<Message>, Problem> {
    let named = ObjectRef {
        key,
        version_id: None,
        bucket: Some(own(&state, &who, &name).await?),
    };
    state.files.delete(&who, &named).await?;
    Ok(Json(Message::new("Object deleted successfully")))
}
