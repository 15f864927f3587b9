use app::features::files::types::{ObjectMetadata, ObjectRef};
use axum::extract::State;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// What is known of an object, or of one version, beside its bytes.
#[utoipa::path(
    get,
    path = "/api/s3/object/metadata",
    tag = "Files",
    params(ObjectRef),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = ObjectMetadata), Refusals)
)]
pub(super) async fn object_metadata(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(named): Query<ObjectRef>,
) -> Result<Json<ObjectMetadata>, Problem> {
    Ok(Json(state.files.metadata(&who, &named).await?))
}
