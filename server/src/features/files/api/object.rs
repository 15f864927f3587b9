use app::{contract::ApiError, features::files::types::ObjectRef};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::{
    features::{
        auth::{CanRead, principal::Principal},
        files::{
            error::FileError,
            service::{OpenRequest, Opened, OpenedObject},
        },
        scopes::Refusals,
    },
    http::{
        conditional::{Conditions, http_date},
        extract::Query,
        problem::Problem,
        serving,
    },
    platform::object_store::ObjectHead,
    state::AppState,
};

/// Streams one object through the server, for clients that cannot reach storage.
///
/// Takes `Range` (one range), `If-Range`, `If-Match`, `If-None-Match`, `If-Modified-Since` and `If-Unmodified-Since`
/// as RFC 9110 has them. Stored `Content-Encoding`, `Content-Language`, `Cache-Control` (for the caller's own cache) and
/// `Expires` come along. Always an attachment, never of a type that a browser executes.
#[utoipa::path(
    get,
    path = "/api/s3/object",
    tag = "Files",
    params(
        ObjectRef,
        ("range" = Option<String>, Header, description = "`bytes=0-99`, `bytes=100-` or `bytes=-100`"),
        ("if-range" = Option<String>, Header, description = "The ETag or date that the range is of"),
        ("if-match" = Option<String>, Header, description = "ETags of which the object must have one"),
        ("if-none-match" = Option<String>, Header, description = "The ETags that the client has"),
        ("if-modified-since" = Option<String>, Header, description = "The date of what the client has"),
        ("if-unmodified-since" = Option<String>, Header, description = "The latest date that the object may have")
    ),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The range", content_type = "application/octet-stream"),
        (status = 304, description = "What the client has is what is there"),
        (status = 412, body = ApiError, description = "`PRECONDITION_FAILED`: another object is there"),
        (status = 416, body = ApiError, description = "The range lies outside the object"),
        Refusals
    )
)]
pub(super) async fn get_object(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    method: Method,
    headers: HeaderMap,
    Query(named): Query<ObjectRef>,
) -> Result<Response, Problem> {
    serve(&state, &who, &method, &headers, &named).await
}

/// One object, by the conditions and the range of a request.
pub(in crate::features) async fn serve(
    state: &AppState,
    who: &Principal,
    method: &Method,
    headers: &HeaderMap,
    named: &ObjectRef,
) -> Result<Response, Problem> {
    let range = headers
        .get(header::RANGE)
        // Of no other method a range is defined (RFC 9110, section 14.2).
        .filter(|_| *method == Method::GET)
        .and_then(|value| value.to_str().ok())
        .and_then(single_range);
    let conditions = Conditions::read(headers);
    let request = OpenRequest {
        named,
        range: range.as_deref(),
        conditions: &conditions,
    };
    match state.files.open(who, request).await {
        Ok(OpenedObject::NotModified(head)) => {
            Ok((StatusCode::NOT_MODIFIED, validators(&head)).into_response())
        }
        Ok(OpenedObject::Opened(opened)) => Ok(answer(*opened)),
        Err(error @ FileError::Range { size }) => {
            let problem = Problem::from(error).with_status(StatusCode::RANGE_NOT_SATISFIABLE);
            let mut response = problem.into_response();
            insert(
                response.headers_mut(),
                header::CONTENT_RANGE,
                Some(format!("bytes */{size}")),
            );
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

fn answer(opened: Opened) -> Response {
    let Opened { bytes, served } = opened;
    let status = match bytes.content_range {
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    };
    let mut headers = validators(&bytes.head);
    let stored = bytes.head.headers;
    for (name, value) in [
        (header::CONTENT_TYPE, Some(served.content_type)),
        (header::CONTENT_DISPOSITION, Some(served.content_disposition)),
        (header::CONTENT_ENCODING, stored.content_encoding),
        (header::CONTENT_LANGUAGE, stored.content_language),
        (
            header::CONTENT_LENGTH,
            bytes.length.map(|length| length.to_string()),
        ),
        (header::CONTENT_RANGE, bytes.content_range),
        (header::ACCEPT_RANGES, Some("bytes".to_owned())),
        (header::X_CONTENT_TYPE_OPTIONS, Some("nosniff".to_owned())),
        (
            header::CONTENT_SECURITY_POLICY,
            Some("sandbox; default-src 'none'".to_owned()),
        ),
    ] {
        insert(&mut headers, name, value);
    }
    (status, headers, Body::from_stream(bytes.stream)).into_response()
}

/// By what a cache knows whether its copy is still good, and whose copy it is.
fn validators(head: &ObjectHead) -> HeaderMap {
    let etag = Some(&head.etag).filter(|etag| !etag.is_empty());
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::ETAG, etag.map(|etag| format!("\"{etag}\""))),
        (
            header::LAST_MODIFIED,
            head.last_modified.map(|moment| http_date(moment.into())),
        ),
        (
            header::CACHE_CONTROL,
            Some(serving::private_cache_control(
                head.headers.cache_control.as_deref(),
            )),
        ),
        (header::EXPIRES, head.headers.expires.clone()),
        // One browser may serve several people one after the other.
        (header::VARY, Some("Authorization, Cookie, X-API-Key".to_owned())),
    ] {
        insert(&mut headers, name, value);
    }
    headers
}

/// What storage holds may be no value of a header; it is left out then.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
        headers.insert(name, value);
    }
}

/// The range as storage understands it; `None` for what RFC 9110 lets a server ignore: several ranges, which would
/// need a multipart answer, other units, and a range that ends before it begins. Numbers beyond any object's size
/// are valid, so they become the largest that every storage server reads.
///
/// By hand, because a range that is not understood is answered with the whole object: `http-range-header` refuses such
/// numbers, leading zeros and `Bytes=`, all of them valid; `headers` wants the size of the object first.
fn single_range(range: &str) -> Option<String> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.split_once('-')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    match (position(first)?, position(last)?) {
        (None, None) => None,
        (None, Some(length)) => Some(format!("bytes=-{length}")),
        (Some(first), None) => Some(format!("bytes={first}-")),
        (Some(first), Some(last)) => (first <= last).then(|| format!("bytes={first}-{last}")),
    }
}

/// `Some(None)` where there is no number, `None` where there is something else.
fn position(digits: &str) -> Option<Option<u64>> {
    const LARGEST: u64 = i64::MAX.unsigned_abs();
    if digits.is_empty() {
        return Some(None);
    }
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| Some(digits.parse().unwrap_or(LARGEST).min(LARGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_range_is_passed_on() {
        for single in ["bytes=0-99", "bytes=7-7", "bytes=100-", "bytes=-1", "bytes=-0"] {
            assert_eq!(single_range(single).as_deref(), Some(single));
        }
        assert_eq!(single_range("Bytes=0-1").as_deref(), Some("bytes=0-1"));
        for other in [
            "bytes=0-1,5-6",
            "bytes=-",
            "items=0-1",
            "bytes=a-b",
            "bytes=0-1 ",
            "bytes=+1-2",
            "bytes=5-2",
        ] {
            assert_eq!(single_range(other), None, "{other}");
        }
    }

    #[test]
    fn numbers_beyond_every_object_stay_in_reach_of_storage() {
        let huge = "9".repeat(40);
        for (asked, passed_on) in [
            (format!("bytes={huge}-"), "bytes=9223372036854775807-"),
            (format!("bytes=5-{huge}"), "bytes=5-9223372036854775807"),
            (format!("bytes=-{huge}"), "bytes=-9223372036854775807"),
        ] {
            assert_eq!(single_range(&asked).as_deref(), Some(passed_on));
        }
    }
}
