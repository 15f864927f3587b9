//! A full disk: what writes is refused before it takes what little is left, so that people can sign in and delete. What
//! works all the same says so where its route is declared.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::StatusCode;

use crate::{
    http::{
        problem::{Problem, storage_full},
        routes::RoutePolicy,
    },
    platform::disk::Space,
    state::AppState,
};

pub(in crate::router) async fn check(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let policy = RoutePolicy::of(&request);
    // The look at the disk also gives the reserve up where it is needed, for reads too: they may write that a
    // sign-in was used, or that someone was refused.
    let scarce = state.disk.space() == Space::Scarce;
    if scarce && !policy.works_on_full_disk(request.method()) {
        return Problem::new(storage_full()).into_response();
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::INSUFFICIENT_STORAGE {
        state.disk.refused();
    }
    response
}
