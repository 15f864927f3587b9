use app::{contract::ApiError, features::files::types::ObjectRef};
use axum::{extract::State, response::Response};
use http::{HeaderMap, Method};

use super::own;
use crate::{
    features::{auth::CanRead, files::api::object, scopes::Refusals},
    http::{extract::Path, problem::Problem},
    state::AppState,
};

/// Streams one object of a bucket through the server, as `GET /api/s3/object` does. Its key may hold `/`.
#[utoipa::path(
    get,
    path = "/api/buckets/{name}/items/{*key}",
    tag = "Buckets",
    params(
        ("name" = String, Path),
        ("key" = String, Path),
        ("range" = Option<String>, Header, description = "`bytes=0-99`, `bytes=100-` or `bytes=-100`")
    ),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The range", content_type = "application/octet-stream"),
        (status = 304, description = "What the client has is what is there"),
        (status = 412, body = ApiError, description = "`PRECONDITION_FAILED`: another object is there"),
        (status = 416, body = ApiError, description = "The range lies outside the object"),
        Refusals
    )
)]
pub(super) async fn get_item(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    method: Method,
    headers: HeaderMap,
    Path((name, key)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let named = ObjectRef {
        key,
        version_id: None,
        bucket: Some(own(&state, &who, &name).await?),
    };
    object::serve(&state, &who, &method, &headers, &named).await
}
