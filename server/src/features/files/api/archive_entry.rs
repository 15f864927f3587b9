use app::{contract::ApiError, features::files::types_archive::ArchiveEntryQuery};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    features::{auth::CanRead, files::service::UnpackedEntry, scopes::Refusals},
    http::{extract::Query, problem::Problem},
    state::AppState,
};

/// One file out of a ZIP.
///
/// Stored and deflated files can be read. Always an attachment, never of a type that a browser executes. A file that turns
/// out to be damaged, or of another size than its archive says, ends the answer before its end.
#[utoipa::path(
    get,
    path = "/api/s3/archive/entry",
    tag = "Files",
    params(ArchiveEntryQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 409, body = ApiError, description = "`CONFLICT`: eight archives of the caller's are under way"),
        (status = 412, body = ApiError, description = "`PRECONDITION_FAILED`: the ZIP was changed meanwhile"),
        (status = 501, body = ApiError, description = "`UNSUPPORTED`: encrypted, or compressed by another method"),
        Refusals
    )
)]
pub(super) async fn archive_entry(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<ArchiveEntryQuery>,
) -> Result<Response, Problem> {
    let UnpackedEntry {
        length,
        served,
        bytes,
    } = state.archives.unpack(&who, &query).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    for (name, value) in [
        (header::CONTENT_TYPE, served.content_type),
        (header::CONTENT_DISPOSITION, served.content_disposition),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'".to_owned(),
        ),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    Ok((headers, Body::from_stream(bytes)).into_response())
}
