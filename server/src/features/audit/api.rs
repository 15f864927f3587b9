//! `GET /api/admin/audit`: a page as JSON, or everything that matches as CSV.

use app::features::audit::types::{AuditFormat, AuditPage, AuditQuery};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use utoipa_axum::routes;

use super::Origin;
use crate::{
    features::admin::{Admin, Authority},
    http::{
        extract::{Json, Query},
        problem::Problem,
        routes::{LimitClass, Routes},
    },
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Account).routes(routes!(audit_log))
}

/// What was done and what was refused, newest first.
///
/// With `format=csv` all that matches, streamed, up to the moment of the request; cells that a spreadsheet would take
/// for a formula begin with an apostrophe. Such an export is itself written down.
#[utoipa::path(
    get,
    path = "/api/admin/audit",
    tag = "Administration",
    params(AuditQuery),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, content((AuditPage = "application/json"), (String = "text/csv"))))
)]
async fn audit_log(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Problem> {
    let by = Authority::of(&admin, &origin);
    if query.format.unwrap_or_default() == AuditFormat::Json {
        return Ok(Json(state.audit_reader.page(&by, &query).await?).into_response());
    }
    let rows = state.audit_reader.export(&by, query).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}
