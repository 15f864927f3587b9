use app::{contract::ApiError, features::uploads::types::UploadedResponse};
use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use utoipa::ToSchema;

use super::Refusals;
use crate::{
    features::{
        auth::principal::Principal,
        files::{
            error::FileError,
            form::{FileForm, FormError, cannot_fit},
            form_body::{FormBody, ParserBacklog},
        },
    },
    http::{extract::Json, problem::Problem},
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
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = UploadedResponse),
        (status = 408, body = ApiError, description = "The body stopped coming for 20 seconds, or came slower than 16 KiB a second"),
        (status = 412, body = ApiError, description = "`PRECONDITION_FAILED`: the object does not have the ETag of `if_match`, or is not there"),
        (status = 413, body = ApiError, description = "`PAYLOAD_TOO_LARGE`"),
        Refusals
    )
)]
pub(super) async fn upload_object(
    State(state): State<AppState>,
    who: Principal,
    request: Request,
) -> Result<Json<UploadedResponse>, Response> {
    let form = read_form(&state, request, &["key", "bucket", "if_match"]).await?;
    match state.files.upload(&who, &form).await {
        Ok(uploaded) => Ok(Json(uploaded)),
        Err(error) => Err(Problem::from(error).into_response()),
    }
}

/// A form with a file in it, spooled; or why not. What is declared too large is not spooled at all.
pub(crate) async fn read_form(
    state: &AppState,
    request: Request,
    fields: &[&'static str],
) -> Result<FileForm, Response> {
    let limit = state.config.limits.direct_upload_bytes;
    let read = if declared_length(request.headers()).is_some_and(|declared| cannot_fit(declared, limit)) {
        Err(FormError::TooLarge { limit })
    } else {
        let backlog = ParserBacklog::default();
        let in_pieces =
            |body: Body| Body::from_stream(FormBody::new(body.into_data_stream(), backlog.clone()));
        match Multipart::from_request(request.map(in_pieces), state).await {
            Ok(form) => FileForm::read(form, &backlog, fields, &state.spool, limit).await,
            Err(_) => Err(FormError::NotAForm),
        }
    };
    read.map_err(|error| {
        let late = matches!(error, FormError::TooSlow);
        let mut problem = Problem::from(FileError::from(error));
        if late {
            problem = problem.with_status(StatusCode::REQUEST_TIMEOUT);
        }
        problem.into_response()
    })
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
