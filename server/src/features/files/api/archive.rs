use app::{contract::ApiError, features::files::types_archive::ArchiveQuery};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, header};

use crate::{
    features::{
        auth::CanRead,
        files::service::{Archive, Wanted},
        scopes::Refusals,
    },
    http::{extract::Query, problem::Problem},
    state::AppState,
};

/// A folder, or a selection, as one ZIP.
///
/// It is made while it is read, and stored rather than compressed, so `Content-Length` is exact. An object that changes
/// between the listing and its turn ends the answer before its end. Names are relative to the folder, or to the deepest
/// folder that a selection lies in; two that differ only in case or Unicode form get numbers. Objects whose names cannot
/// be read back are left out, and named in a text file at the end.
///
/// The URL of `POST /api/s3/archive` comes here, with `selection`. It is for the one who asked for it, is good once, and
/// takes the same cookie or token as every other request.
#[utoipa::path(
    get,
    path = "/api/s3/archive",
    tag = "Files",
    params(ArchiveQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, description = "The ZIP", content_type = "application/zip"),
        (status = 409, body = ApiError, description = "`CONFLICT`: eight archives of the caller's are under way"),
        Refusals
    )
)]
pub(super) async fn get_archive(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    method: Method,
    Query(query): Query<ArchiveQuery>,
) -> Result<Response, Problem> {
    let wanted = if method == Method::HEAD {
        Wanted::Head
    } else {
        Wanted::Bytes
    };
    let Archive {
        length,
        content_disposition,
        bytes,
    } = state.archives.open(&who, &query, wanted).await?;
    let mut response = Body::from_stream(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    if let Ok(disposition) = HeaderValue::try_from(content_disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}
