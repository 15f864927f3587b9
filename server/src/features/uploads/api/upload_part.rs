use app::{contract::ApiError, features::uploads::types::UploadedPart};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use utoipa::ToSchema;

use crate::{
    features::{
        auth::principal::Principal,
        files::api::{Refusals, read_form},
        uploads::service::PartForm,
    },
    http::{extract::Json, problem::Problem},
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
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = UploadedPart),
        (status = 408, body = ApiError, description = "The body stopped coming for 20 seconds, or came slower than 16 KiB a second"),
        (status = 413, body = ApiError, description = "`PAYLOAD_TOO_LARGE`"),
        Refusals
    )
)]
pub(super) async fn upload_part(
    State(state): State<AppState>,
    who: Principal,
    request: Request,
) -> Result<Json<UploadedPart>, Response> {
    let form = read_form(&state, request, &["key", "upload_id", "part_number", "bucket"]).await?;
    match state.uploads.store_part(&who, PartForm(&form)).await {
        Ok(stored) => Ok(Json(stored)),
        Err(error) => Err(Problem::from(error).into_response()),
    }
}
