//! The routes of uploads under `/api/s3`, one file each.

mod abort;
mod complete;
mod initiate;
mod parts;
mod plan;
mod unfinished;
mod upload_part;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::routes;

use crate::{
    http::routes::{LimitClass, Routes},
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Files)
        .routes(routes!(plan::plan_uploads))
        .routes(routes!(initiate::initiate_multipart))
        .routes(routes!(parts::stored_parts, parts::sign_parts))
        .routes(routes!(complete::complete_multipart))
        .routes(routes!(unfinished::unfinished_uploads, abort::abort_multipart))
        .merge(
            Routes::under(LimitClass::Files)
                .routes(routes!(upload_part::upload_part))
                // It counts by itself, while the part goes to the spool.
                .route_layer(DefaultBodyLimit::disable()),
        )
}
