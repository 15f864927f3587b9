//! The routes of files under `/api/s3`, one file each.

mod archive;
mod archive_entries;
mod archive_entry;
mod archive_url;
mod change_metadata;
mod copy;
mod delete;
mod delete_job;
mod deleted;
mod download;
mod folder;
mod history;
mod history_changes;
mod list;
mod metadata;
mod r#move;
pub(in crate::features) mod object;
mod quota;
mod restore;
mod search;
mod tags;
mod undelete;
mod undo;
mod undo_at_once;
mod upload;
mod usage;
mod user_prefix;
mod versions;
mod versions_space;

use app::{
    contract::{CONTINUATION_TOKEN_HEADER, JobId},
    features::jobs::types::{DoneOrQueued, QueuedJob},
};
use axum::{
    Json,
    extract::DefaultBodyLimit,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa_axum::routes;

use crate::{
    http::routes::{LimitClass, Routes},
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Files)
        .routes(routes!(user_prefix::user_prefix))
        .routes(routes!(list::list_objects, delete::delete_objects))
        .routes(routes!(copy::copy_objects))
        .routes(routes!(r#move::move_objects))
        .routes(routes!(undo::undo_job))
        .routes(routes!(object::get_object, delete::delete_object))
        .routes(routes!(
            metadata::object_metadata,
            change_metadata::change_metadata
        ))
        .routes(routes!(tags::object_tags))
        .routes(routes!(versions::object_versions))
        .routes(routes!(versions_space::versions_space))
        .routes(routes!(restore::restore_object))
        .routes(routes!(deleted::deleted_objects))
        .routes(routes!(history::folder_history))
        .routes(routes!(history_changes::history_changes))
        .routes(routes!(usage::usage))
        .routes(routes!(quota::quota))
        .routes(routes!(folder::create_folder))
        .routes(routes!(search::search_objects))
        .routes(routes!(archive::get_archive, archive_url::archive_url))
        .routes(routes!(archive_entries::archive_entries))
        .routes(routes!(archive_entry::archive_entry))
        .merge(
            Routes::under(LimitClass::Files.on_full_disk())
                // Signs a URL, and writes nothing.
                .routes(routes!(download::download_url))
                // Delete versions and delete markers.
                .routes(routes!(undelete::undelete_objects))
                .routes(routes!(undo_at_once::undo_at_once))
                // What it writes of its job comes out of the disk's reserve.
                .routes(routes!(delete_job::delete_by_job)),
        )
        .merge(
            Routes::under(LimitClass::Files)
                .routes(routes!(upload::upload_object))
                // It counts by itself, while the file goes to the spool.
                .route_layer(DefaultBodyLimit::disable()),
        )
}

/// The answer to a request that a job carries out.
fn accepted(job_id: JobId) -> (StatusCode, Json<QueuedJob>) {
    (StatusCode::ACCEPTED, Json(QueuedJob { job_id }))
}

fn done_or_accepted<T: Serialize>(answer: DoneOrQueued<T>) -> Response {
    match answer {
        DoneOrQueued::Done(done) => Json(done).into_response(),
        DoneOrQueued::Queued(QueuedJob { job_id }) => accepted(job_id).into_response(),
    }
}

/// A bare array, with the token of the next page in a header.
pub(super) struct PagedArray<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T: Serialize> IntoResponse for PagedArray<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.items).into_response();
        if let Some(token) = self.next.and_then(|next| HeaderValue::try_from(next).ok()) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(CONTINUATION_TOKEN_HEADER), token);
        }
        response
    }
}
