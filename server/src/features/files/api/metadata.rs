use app::features::files::types::{ObjectMetadata, ObjectRef};
use axum::extract::State;

use super::Refusals;
use crate::{
    features::auth::principal::Principal,
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
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = ObjectMetadata), Refusals)
)]
pub(super) async fn object_metadata(
    State(state): State<AppState>,
    who: Principal,
    Query(named): Query<ObjectRef>,
) -> Result<Json<ObjectMetadata>, Problem> {
    Ok(Json(state.files.metadata(&who, &named).await?))
}
