use app::{contract::ApiError, features::uploads::types::UploadedPart};
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
struct UploadPartForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    key: String,
    upload_id: String,
    /// 1–10,000.
    part_number: u32,
    /// The home bucket unless given.
    bucket: Option<String>,
}

/// Uploads one part through the server, for clients that cannot reach storage. Limits are those of `upload`.
#[utoipa::path(
    post,
    path = "/api/s3/multipart/upload-part",
    tag = "Uploads",
    request_body(content = UploadPartForm, content_type = "multipart/form-data"),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = UploadedPart),
        (status = 408, body = ApiError, description = "The body stopped coming for 20 seconds, or came slower than 16 KiB a second"),
        (status = 413, body = ApiError, description = "`PAYLOAD_TOO_LARGE`, or `QUOTA_EXCEEDED`: it does not fit into what is left of the quota"),
        Refusals
    )
)]
pub(super) async fn upload_part(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    request: Request,
) -> Result<Json<UploadedPart>, Problem> {
    const FIELDS: [&str; 4] = ["key", "upload_id", "part_number", "bucket"];
    let limit = state.config.limits.direct_upload_bytes;
    let form = FileForm::read(request, &FIELDS, &state.spool, limit).await?;
    Ok(Json(state.uploads.store_part(&who, &form).await?))
}
