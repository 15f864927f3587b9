use app::{contract::ApiError, features::uploads::types::UploadedResponse};
use axum::extract::{Request, State};
use utoipa::ToSchema;

use crate::{
    features::{auth::CanWrite, scopes::Refusals},
    http::{extract::Json, file_form::FileForm, problem::Problem},
    state::AppState,
};

/// The form, in any order.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body")]
struct UploadForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The whole key to store it under.
    key: String,
    /// The home bucket unless given.
    bucket: Option<String>,
    /// The ETag that the object must still have to be written over.
    if_match: Option<String>,
}

/// Uploads one file through the server, for scripts.
///
/// The file is streamed to disk, then to storage with its SHA-256; nothing is stored unless all of it arrived.
/// Above `MAX_DIRECT_UPLOAD_BYTES` (100 MB) the answer is 413, whether or not a length was declared.
#[utoipa::path(
    post,
    path = "/api/s3/upload",
    tag = "Files",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = UploadedResponse),
        (status = 408, body = ApiError, description = "The body stopped coming for 20 seconds, or came slower than 16 KiB a second"),
        (status = 412, body = ApiError, description = "`PRECONDITION_FAILED`: the object does not have the ETag of `if_match`, or is not there"),
        (status = 413, body = ApiError, description = "`PAYLOAD_TOO_LARGE`, or `QUOTA_EXCEEDED`: it does not fit into what is left of the quota"),
        Refusals
    )
)]
pub(super) async fn upload_object(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    request: Request,
) -> Result<Json<UploadedResponse>, Problem> {
    let limit = state.config.limits.direct_upload_bytes;
    let form = FileForm::read(request, &["key", "bucket", "if_match"], &state.spool, limit).await?;
    Ok(Json(state.files.upload(&who, &form).await?))
}
