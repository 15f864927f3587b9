//! The headers that make browsers careful.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::config::{AppEnv, Config};

/// For everything that is no page: nothing may be loaded, and nobody may frame it.
const INERT: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub(crate) async fn add(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // `same-origin`, not `no-referrer`: with the latter browsers send `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    default(headers, header::CONTENT_SECURITY_POLICY, INERT);
    if is_api {
        default(headers, header::CACHE_CONTROL, "no-store");
    }
    let site = &config.site;
    if site.env == AppEnv::Production && site.is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(if site.hsts_subdomains {
                "max-age=63072000; includeSubDomains"
            } else {
                "max-age=63072000"
            }),
        );
    }
    response
}

/// Unless the handler has decided otherwise.
fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

/// The policy of our pages: scripts by nonce, bytes to and from `storage`, and nothing else from anywhere.
#[must_use]
pub(crate) fn page_policy(nonce: &str, storage: &str, reload: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; font-src 'self'; manifest-src 'self'; \
         img-src 'self' data: blob: {storage}; media-src 'self' blob: {storage}; frame-src blob: {storage}; \
         connect-src 'self' {storage} {reload}; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

/// The policy of the documentation pages, whose scripts are ours but write style elements.
pub(crate) const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
     object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
