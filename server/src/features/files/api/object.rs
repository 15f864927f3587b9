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
        .filter(|_| !headers.contains_key(header::IF_RANGE))
        .and_then(single_range);
    let opened = state
        .files
        .open(&who, &named, range.as_deref(), text(header::IF_NONE_MATCH))
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

/// The range as storage understands it; `None` for what RFC 9110 lets a server ignore: several ranges, which would
/// need a multipart answer, other units, and a range that ends before it begins. Numbers beyond any object's size
/// are valid, so they become the largest that every storage server reads.
fn single_range(range: &str) -> Option<String> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
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

    #[test]
    fn dates_are_written_as_rfc_9110_prefers() {
        assert_eq!(
            http_date(OffsetDateTime::from_unix_timestamp(784_111_777).unwrap()).as_deref(),
            Some("Sun, 06 Nov 1994 08:49:37 GMT")
        );
    }
}
