//! The routes of uploads under `/api/s3`, one file each.

mod abort;
mod complete;
mod initiate;
mod parts;
mod plan;
mod unfinished;
mod upload_part;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(plan::plan_uploads))
        .routes(routes!(initiate::initiate_multipart))
        .routes(routes!(parts::stored_parts, parts::sign_parts))
        .routes(routes!(complete::complete_multipart))
        .routes(routes!(unfinished::unfinished_uploads, abort::abort_multipart))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(upload_part::upload_part))
                // It counts by itself, while the part goes to the spool.
                .layer(DefaultBodyLimit::disable()),
        )
}
