use app::{contract::ApiError, features::uploads::types::UploadedResponse};
use axum::extract::{Request, State};
use utoipa::ToSchema;

use super::own;
use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{
        extract::{Json, Path},
        file_form::FileForm,
        problem::Problem,
    },
    state::AppState,
};

/// The form, in any order.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body")]
struct UploadItemForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The whole key to store it under; the name of the file unless given.
    key: Option<String>,
    /// The ETag that the object must still have to be written over.
    if_match: Option<String>,
}

/// Uploads one file through the server into a bucket. Limits are those of `POST /api/s3/upload`.
#[utoipa::path(
    post,
    path = "/api/buckets/{name}/items",
    tag = "Buckets",
    params(("name" = String, Path)),
    request_body(content = UploadItemForm, content_type = "multipart/form-data"),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = UploadedResponse),
        (status = 408, body = ApiError, description = "The body stopped coming for 20 seconds, or came slower than 16 KiB a second"),
        (status = 412, body = ApiError, description = "`PRECONDITION_FAILED`: the object does not have the ETag of `if_match`, or is not there"),
        (status = 413, body = ApiError, description = "`PAYLOAD_TOO_LARGE`, or `QUOTA_EXCEEDED`: it does not fit into what is left of the quota"),
        Refusals
    )
)]
pub(super) async fn upload_item(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    Path(name): Path<String>,
    request: Request,
) -> Result<Json<UploadedResponse>, Problem> {
    // Before the file is taken in.
    let bucket = own(&state, &who, &name).await?;
    let limit = state.config.limits.direct_upload_bytes;
    let form = FileForm::read(request, &["key", "if_match"], &state.spool, limit).await?;
    let key = match form.optional("key") {
        Some(key) => key,
        None => form.file_name()?,
    };
    let stored = state.files.upload_to(&who, Some(&bucket), key, &form).await?;
    Ok(Json(stored))
}
