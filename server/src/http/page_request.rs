//! What a page's own script and a page's form ask for.

use axum::extract::Request;
use http::{HeaderMap, Method, header};

/// Whether a page's own script asks, which reads errors as those of the API.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}

/// Whether a page's form is posted. Its refusal is answered as the API would, and becomes a page around the router.
pub fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    *request.method() == Method::POST
        && !request.uri().path().starts_with("/api/")
        && !wants_json(request.headers())
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}
