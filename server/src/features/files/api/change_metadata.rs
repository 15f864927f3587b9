use app::{
    contract::ApiError,
    features::files::{types_history::CurrentObject, types_stored::MetadataChange},
};
use axum::extract::State;

use crate::{
    features::{auth::CanWrite, quota::OverQuota, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Changes the content type, the metadata or the tags of an object without a new upload.
///
/// `metadata` and `tags` are all that the object has from now on; what is not named stays, as do the bytes and the other
/// stored headers. Where the bucket keeps versions, content type and metadata make a new one.
#[utoipa::path(
    patch,
    path = "/api/s3/object/metadata",
    tag = "Files",
    request_body = MetadataChange,
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = CurrentObject),
        (status = 412, body = ApiError, description = "`PRECONDITION_FAILED`: the object was written meanwhile"),
        OverQuota,
        Refusals
    )
)]
pub(super) async fn change_metadata(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Json(change): Json<MetadataChange>,
) -> Result<Json<CurrentObject>, Problem> {
    Ok(Json(state.files.change_metadata(&who, &change).await?))
}
