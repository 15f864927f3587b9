//! A full disk: what writes is refused before it takes what little is left, so that people can sign in and delete.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};

use crate::{
    http::problem::{Problem, storage_full},
    platform::disk::Space,
    state::AppState,
};

pub(in crate::router) async fn check(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let pattern = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    // The look at the disk also gives the reserve up where it is needed, for reads too: they may write that a
    // sign-in was used, or that someone was refused.
    let scarce = state.disk.space() == Space::Scarce;
    if scarce && !works_on_a_full_disk(request.method(), pattern.unwrap_or_default()) {
        return Problem::new(storage_full()).into_response();
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::INSUFFICIENT_STORAGE {
        state.disk.refused();
    }
    response
}

/// Reading, deleting, and signing in and out, without which nobody could delete.
fn works_on_a_full_disk(method: &Method, pattern: &str) -> bool {
    match *method {
        Method::GET | Method::HEAD | Method::OPTIONS | Method::DELETE => true,
        Method::POST => matches!(
            pattern,
            "/api/auth/login"
                | "/api/auth/token"
                | "/api/auth/refresh"
                | "/api/auth/logout"
                | "/sign-in"
                | "/sign-out"
                // Signs a URL, and writes nothing.
                | "/api/s3/download"
                // Takes delete markers away.
                | "/api/s3/objects/undelete"
        ),
        _ => false,
    }
}
