//! A form that is refused is shown again, with what was typed into it and why.
//!
//! Most refusals come before the form's handler: by the rule of origins, by a limit, by a body that is malformed. They
//! are answered as the API would; here, around the router, such an answer to a form becomes the page that the form
//! stands on. That page is asked for by GET, so that nothing can be changed on the way.

use std::{net::SocketAddr, sync::Arc};

use app::routes;
use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, Uri, header};

use super::failure;
use crate::{
    features::pages::{Refused, ShowsRefused},
    http::{extract::body_of, page_request::is_form, problem::ErrorBody},
    router::csrf::SentFromElsewhere,
    state::AppState,
};

/// The longest form whose fields are kept; no page has one nearly as long.
const KEPT_BYTES: u64 = 64 * 1024;

/// Around the router.
pub(in crate::router) async fn show_refused(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if !is_form(&request) {
        return next.run(request).await;
    }
    let mut page = page_of(&request);
    let (parts, body) = request.into_parts();
    let is_kept = length(&parts.headers).is_some_and(|length| length <= KEPT_BYTES);
    let (typed, body) = if is_kept {
        match body_of(Request::new(body), &()).await {
            Ok(bytes) => (bytes.clone(), Body::from(bytes)),
            Err(problem) => return problem.into_response(),
        }
    } else {
        (Bytes::new(), body)
    };
    let refusal = next.clone().run(Request::from_parts(parts, body)).await;
    let Some(ErrorBody(error)) = told(&refusal) else {
        return refusal;
    };
    let fields = match refusal.extensions().get::<SentFromElsewhere>() {
        Some(SentFromElsewhere) => Vec::new(),
        None => without_secrets(&typed),
    };
    let refused = Arc::new(Refused { error, fields });
    let uri = page.uri().clone();
    page.extensions_mut().insert(Arc::clone(&refused));
    let mut shown = next.run(page).await;
    if shown.extensions().get::<ShowsRefused>().is_none() {
        shown = failure(&state, uri, &refused.error, &refused.fields).await;
    }
    under_status_of(&refusal, shown)
}

/// The request for the page that a form stands on: by the same person, from the same place.
fn page_of(form: &Request) -> Request {
    let mut page = Request::new(Body::empty());
    *page.uri_mut() = match routes::page_of_form(form.uri().path()) {
        Some(path) => Uri::from_static(path),
        None => form.uri().clone(),
    };
    *page.headers_mut() = form.headers().clone();
    for about_the_body in [
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::TRANSFER_ENCODING,
    ] {
        page.headers_mut().remove(about_the_body);
    }
    if let Some(peer) = form.extensions().get::<ConnectInfo<SocketAddr>>() {
        page.extensions_mut().insert(*peer);
    }
    page
}

fn length(headers: &http::HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What a refusal says, unless its handler has answered with a page.
fn told(refusal: &Response) -> Option<ErrorBody> {
    let kind = refusal.headers().get(header::CONTENT_TYPE)?;
    let told = refusal.extensions().get::<ErrorBody>()?;
    (kind == "application/json").then(|| told.clone())
}

fn without_secrets(typed: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(typed)
        .filter(|(name, _)| {
            let secrets = ["password", "code", "token", "secret"];
            !secrets.into_iter().any(|secret| name.contains(secret))
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The page, under the status of the refusal and with what its headers say.
fn under_status_of(refusal: &Response, mut page: Response) -> Response {
    *page.status_mut() = refusal.status();
    for name in [
        header::RETRY_AFTER,
        HeaderName::from_static("x-request-id"),
        HeaderName::from_static("x-ratelimit-limit"),
        HeaderName::from_static("x-ratelimit-remaining"),
        HeaderName::from_static("x-ratelimit-reset"),
    ] {
        if let Some(value) = refusal.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_kept() {
        let typed = b"username=ada&password=1&new_password=2&code=3&token=4&client_secret=5&next=%2Ffiles%2F";
        let kept = without_secrets(typed);
        let names: Vec<_> = kept.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["username", "next"]);
        assert_eq!(kept[1].1, "/files/");
    }
}
