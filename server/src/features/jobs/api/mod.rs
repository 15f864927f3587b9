//! The routes of `/api/jobs`, one file each.

mod cancel;
mod events;
mod get;
mod list;

use utoipa_axum::routes;

use crate::{
    http::routes::{LimitClass, Routes},
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Files)
        .routes(routes!(list::list_jobs))
        .routes(routes!(events::job_events))
        .routes(routes!(get::get_job, cancel::cancel_job))
}
