use app::{
    contract::ApiError,
    features::files::{types::ObjectRef, types_archive::ArchiveEntries},
};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;

use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{extract::Query, problem::Problem},
    state::AppState,
};

/// What is in a ZIP.
///
/// Only its directory is read, at most 250,000 entries in 32 MiB. Names come as they are in the archive, and may be
/// anything.
#[utoipa::path(
    get,
    path = "/api/s3/archive/entries",
    tag = "Files",
    params(ObjectRef),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = ArchiveEntries),
        (status = 409, body = ApiError, description = "`CONFLICT`: eight archives of the caller's are under way"),
        Refusals
    )
)]
pub(super) async fn archive_entries(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(named): Query<ObjectRef>,
) -> Result<Response, Problem> {
    let entries = state.archives.entries(&who, &named).await?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, Body::from_stream(entries)).into_response())
}
