//! Cross-site request forgery: a browser sends our cookie along with requests that other sites make. What changes
//! something must therefore prove that it comes from our own pages.
//!
//! The proof is `Sec-Fetch-Site: same-origin`, which no page can forge; in browsers without it, the `Origin`; or a
//! header that a foreign page cannot add without a preflight, which is never granted.
//!
//! What a browser says to come from another site is refused without a cookie too: it could not read the answer, but
//! it could use up what the visitor's network may try at passwords and codes (security 51).

use app::contract::{ApiError, ErrorCode};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, header};

use crate::{
    features::auth::{session::cookie_name, speaks_by_token},
    http::{page_request::is_form, problem::Problem},
    state::AppState,
};

/// Marks the refusal of a form that another site sent. Its values are not shown again: no site may fill in our forms
/// for somebody to send.
#[derive(Clone, Copy)]
pub(in crate::router) struct SentFromElsewhere;

/// For scripts that hold a cookie instead of a token. Its presence is the proof, whatever its value.
const HEADER: &str = "x-csrf-protection";

pub(in crate::router) async fn check(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_allowed(&request, &state) {
        return next.run(request).await;
    }
    tracing::warn!("refused a state-changing request from another origin");
    let alias = opened_as(request.headers());
    let refused =
        |detail: String| Problem::new(ApiError::new(ErrorCode::PermissionDenied, detail)).into_response();
    let address = state.config.site.origin().ascii_serialization();
    match alias {
        _ if !is_form(&request) => refused(
            "This request did not come from a page of this site. Scripts: use a token, or send X-CSRF-Protection: 1."
                .to_owned(),
        ),
        Some(alias) => refused(format!(
            "Nothing was changed: you opened this page at {alias}, and its forms work at {address} only. Open {address} and send the form there."
        )),
        None => {
            let mut response = refused(format!(
                "Nothing was changed: this form was not sent from a page of this site. If you filled it in yourself, open {address} and send it there."
            ));
            response.extensions_mut().insert(SentFromElsewhere);
            response
        }
    }
}

/// The address at which the browser knows this server, where that is not the one that is configured: a page of ours was
/// opened there, and sent the form. In older browsers and without TLS only; others say `same-origin`.
fn opened_as(headers: &HeaderMap) -> Option<&str> {
    let origin = headers.get(header::ORIGIN)?.to_str().ok()?;
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let (_, authority) = origin.split_once("://")?;
    (authority == host && !headers.contains_key("sec-fetch-site")).then_some(origin)
}

fn is_allowed(request: &Request, state: &AppState) -> bool {
    let (path, headers) = (request.uri().path(), request.headers());
    let is_api = path.starts_with("/api/");
    if is_api && speaks_by_token(headers) {
        return true;
    }
    match sender(headers, state) {
        Sender::Ours => true,
        Sender::Elsewhere => false,
        // The forms of pages know nobody by a token: they read the cookie, or set it.
        Sender::Unknown => is_api && !has_cookie(headers, state),
    }
}

/// Who had the browser send a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// A page of ours, or a script that says so in a header.
    Ours,
    /// A page of another origin.
    Elsewhere,
    /// A person who typed an address; or no browser at all.
    Unknown,
}

/// Whether a browser says that a page of another origin sent the request.
pub(super) fn is_from_elsewhere(headers: &HeaderMap, state: &AppState) -> bool {
    sender(headers, state) == Sender::Elsewhere
}

fn has_cookie(headers: &HeaderMap, state: &AppState) -> bool {
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

fn sender(headers: &HeaderMap, state: &AppState) -> Sender {
    if headers.contains_key(HEADER) {
        return Sender::Ours;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return match site.as_bytes() {
            b"same-origin" => Sender::Ours,
            b"cross-site" | b"same-site" => Sender::Elsewhere,
            _ => Sender::Unknown,
        };
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Sender::Unknown;
    };
    if state
        .config
        .site
        .origins()
        .iter()
        .any(|ours| origin == ours.as_str())
    {
        Sender::Ours
    } else {
        Sender::Elsewhere
    }
}
