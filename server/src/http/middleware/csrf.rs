//! Cross-site request forgery: a browser sends our cookie along with requests that other sites make. What changes
//! something must therefore prove that it comes from our own pages.
//!
//! The proof is `Sec-Fetch-Site: same-origin`, which no page can forge; in browsers without it, the `Origin`; or a
//! header that a foreign page cannot add without a preflight, which is never granted.

use app::contract::{ApiError, ErrorCode};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, header};

use crate::{
    features::auth::{session::cookie_name, speaks_by_token},
    http::problem::Problem,
    state::AppState,
};

/// For scripts that hold a cookie instead of a token. Its presence is the proof, whatever its value.
const HEADER: &str = "x-csrf-protection";

pub(in crate::http) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || !speaks_by_cookie(&request, &state) || is_same_origin(request.headers(), &state) {
        return next.run(request).await;
    }
    tracing::warn!("refused a state-changing request from another origin");
    Problem::new(ApiError::new(
        ErrorCode::PermissionDenied,
        "This request did not come from a page of this site. Scripts: use a token, or send X-CSRF-Protection: 1.",
    ))
    .into_response()
}

/// Whether the session cookie would decide who is calling, or is about to be set (the forms outside `/api`, which know
/// nobody by a token).
fn speaks_by_cookie(request: &Request, state: &AppState) -> bool {
    if !request.uri().path().starts_with("/api/") {
        return true;
    }
    let headers = request.headers();
    if speaks_by_token(headers) {
        return false;
    }
    let name = cookie_name(&state.config.site.public_url);
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|b| *b == b';'))
        .any(|pair| {
            pair.trim_ascii_start()
                .strip_prefix(name.as_bytes())
                .is_some_and(|rest| rest.starts_with(b"="))
        })
}

fn is_same_origin(headers: &HeaderMap, state: &AppState) -> bool {
    if headers.contains_key(HEADER) {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    state.config.site.origins().iter().any(|ours| ours == origin)
}
