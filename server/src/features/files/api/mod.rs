//! The routes of files under `/api/s3`, one file each.

mod delete;
mod download;
mod folder;
mod list;
mod metadata;
mod object;
mod search;
mod undelete;
mod upload;
mod user_prefix;
mod versions;

pub(crate) use upload::read_form;

use app::{contract::ApiError, features::files::types::CONTINUATION_TOKEN_HEADER};
use axum::{
    Json,
    extract::DefaultBodyLimit,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue};
use serde::Serialize;
use utoipa::IntoResponses;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(user_prefix::user_prefix))
        .routes(routes!(list::list_objects, delete::delete_objects))
        .routes(routes!(undelete::undelete_objects))
        .routes(routes!(object::get_object, delete::delete_object))
        .routes(routes!(metadata::object_metadata))
        .routes(routes!(versions::object_versions))
        .routes(routes!(download::download_url))
        .routes(routes!(folder::create_folder))
        .routes(routes!(search::search_objects))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(upload::upload_object))
                // It counts by itself, while the file goes to the spool.
                .layer(DefaultBodyLimit::disable()),
        )
}

/// What every route that reaches storage may refuse with.
#[derive(IntoResponses)]
pub(crate) enum Refusals {
    /// `VALIDATION_ERROR`: `fields` says which field is wrong, and why.
    #[response(status = 400)]
    #[expect(dead_code, reason = "describes an answer")]
    Invalid(ApiError),
    /// No credentials, or none that are valid (any more).
    #[response(status = 401)]
    #[expect(dead_code, reason = "describes an answer")]
    Unauthenticated(ApiError),
    /// `PERMISSION_DENIED`: a key or prefix outside the caller's own.
    #[response(status = 403)]
    #[expect(dead_code, reason = "describes an answer")]
    Outside(ApiError),
    /// `RESOURCE_NOT_FOUND`: no such object, version, upload or bucket of the caller's.
    #[response(status = 404)]
    #[expect(dead_code, reason = "describes an answer")]
    NotFound(ApiError),
    /// `STORAGE_UNAVAILABLE`, `DATABASE_UNAVAILABLE`: it cannot be reached, or is locked; `Retry-After` says when to try
    /// again.
    #[response(status = 503)]
    #[expect(dead_code, reason = "describes an answer")]
    Unavailable(ApiError),
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
