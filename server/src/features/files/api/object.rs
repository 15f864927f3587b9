use app::{contract::ApiError, features::files::types::ObjectRef};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::Refusals;
use crate::{
    features::{
        auth::principal::Principal,
        files::{error::FileError, service::OpenedObject, serving::ServedAs},
    },
    http::{extract::Query, problem::Problem},
    platform::object_store::{ObjectBytes, StoreError},
    state::AppState,
};

/// Streams one object through the server, for clients that cannot reach storage.
///
/// Takes `Range` (one range) and `If-None-Match`. Always an attachment, never of a type that a browser executes.
#[utoipa::path(
    get,
    path = "/api/s3/object",
    tag = "Files",
    params(
        ObjectRef,
        ("range" = Option<String>, Header, description = "`bytes=0-99`, `bytes=100-` or `bytes=-100`"),
        ("if-none-match" = Option<String>, Header, description = "The ETag that the client has")
    ),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The range", content_type = "application/octet-stream"),
        (status = 304, description = "What the client has is what is there"),
        (status = 416, body = ApiError, description = "The range lies outside the object"),
        Refusals
    )
)]
pub(super) async fn get_object(
    State(state): State<AppState>,
    who: Principal,
    headers: HeaderMap,
    Query(named): Query<ObjectRef>,
) -> Result<Response, Problem> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // If-Range makes a range depend on what is there; without a look the whole object is the right answer.
    let range = text(header::RANGE)
        .filter(|range| is_single_range(range))
        .filter(|_| !headers.contains_key(header::IF_RANGE));
    let opened = state
        .files
        .open(&who, &named, range, text(header::IF_NONE_MATCH))
        .await;
    match opened {
        Ok(OpenedObject::NotModified) => Ok(StatusCode::NOT_MODIFIED.into_response()),
        Ok(OpenedObject::Bytes { bytes, served }) => Ok(answer(*bytes, &served)),
        Err(error @ FileError::Store(StoreError::RangeNotSatisfiable)) => {
            Err(Problem::from(error).with_status(StatusCode::RANGE_NOT_SATISFIABLE))
        }
        Err(error) => Err(error.into()),
    }
}

fn answer(bytes: ObjectBytes, served: &ServedAs) -> Response {
    let status = match bytes.content_range {
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    };
    let values = [
        (header::CONTENT_TYPE, Some(served.content_type.clone())),
        (
            header::CONTENT_DISPOSITION,
            Some(served.content_disposition.clone()),
        ),
        (header::CONTENT_LENGTH, Some(bytes.length.to_string())),
        (header::CONTENT_RANGE, bytes.content_range),
        (header::ETAG, Some(format!("\"{}\"", bytes.head.etag))),
        (
            header::LAST_MODIFIED,
            bytes
                .head
                .last_modified
                .and_then(|moment| http_date(moment.into())),
        ),
        (header::ACCEPT_RANGES, Some("bytes".to_owned())),
        (header::CACHE_CONTROL, Some("private, no-cache".to_owned())),
        (header::X_CONTENT_TYPE_OPTIONS, Some("nosniff".to_owned())),
        (
            header::CONTENT_SECURITY_POLICY,
            Some("sandbox; default-src 'none'".to_owned()),
        ),
    ];
    let mut response = (status, Body::from_stream(bytes.stream)).into_response();
    for (name, value) in values {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// RFC 9110's preferred form.
fn http_date(moment: OffsetDateTime) -> Option<String> {
    const FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    moment.to_offset(time::UtcOffset::UTC).format(FORMAT).ok()
}

/// Several ranges would need a multipart answer; RFC 9110 lets a server ignore them.
fn is_single_range(range: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .is_some_and(|(first, last)| digits(first) && digits(last) && !(first.is_empty() && last.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_range_is_passed_on() {
        for single in ["bytes=0-99", "bytes=100-", "bytes=-1"] {
            assert!(is_single_range(single), "{single}");
        }
        for other in ["bytes=0-1,5-6", "bytes=-", "items=0-1", "bytes=a-b", "bytes=0-1 "] {
            assert!(!is_single_range(other), "{other}");
        }
    }

    #[test]
    fn dates_are_written_as_rfc_9110_prefers() {
        assert_eq!(
            http_date(OffsetDateTime::from_unix_timestamp(784_111_777).unwrap()).as_deref(),
            Some("Sun, 06 Nov 1994 08:49:37 GMT")
        );
    }
}
