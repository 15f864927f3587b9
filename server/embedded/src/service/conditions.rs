//! Conditional requests, in the order of RFC 9110, section 13.2.2, read from the headers as they came.

use std::time::SystemTime;

use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use s3s::dto::ETag;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use time::OffsetDateTime;

use crate::clock::from_millis;
use crate::meta::records::Version;
use crate::meta::versions::{EntityTags, Precondition};

/// The four conditions of a read or of a copy's source. S3 ignores those that it cannot read.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    if_match: Option<EntityTags>,
    if_none_match: Option<EntityTags>,
    if_modified_since: Option<OffsetDateTime>,
    if_unmodified_since: Option<OffsetDateTime>,
}

enum Failed {
    Precondition,
    NotModified,
}

impl Conditions {
    /// Those of a read.
    pub(super) fn of_read(headers: &HeaderMap) -> Self {
        Self::read(
            headers,
            &[
                header::IF_MATCH,
                header::IF_NONE_MATCH,
                header::IF_MODIFIED_SINCE,
                header::IF_UNMODIFIED_SINCE,
            ],
        )
    }

    /// Those that a copy has for its source.
    pub(super) fn of_source(headers: &HeaderMap) -> Self {
        Self::read(
            headers,
            &[
                HeaderName::from_static("x-amz-copy-source-if-match"),
                HeaderName::from_static("x-amz-copy-source-if-none-match"),
                HeaderName::from_static("x-amz-copy-source-if-modified-since"),
                HeaderName::from_static("x-amz-copy-source-if-unmodified-since"),
            ],
        )
    }

    fn read(headers: &HeaderMap, names: &[HeaderName; 4]) -> Self {
        let [matched, unmatched, modified, unmodified] = names;
        let tags = |name| entity_tags(headers, name).ok().flatten();
        Self {
            if_match: tags(matched),
            if_none_match: tags(unmatched),
            if_modified_since: headers.get(modified).and_then(date),
            if_unmodified_since: headers.get(unmodified).and_then(date),
        }
    }

    fn evaluate(&self, version: &Version) -> Result<(), Failed> {
        // HTTP dates have whole seconds, so the time of the object is cut to them.
        let modified = from_millis(version.modified).unix_timestamp();
        match (&self.if_match, self.if_unmodified_since) {
            (Some(tags), _) if !tags.have_strong(&version.etag) => return Err(Failed::Precondition),
            (None, Some(at)) if modified > at.unix_timestamp() => return Err(Failed::Precondition),
            _ => {}
        }
        match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) if tags.have(&version.etag) => Err(Failed::NotModified),
            (None, Some(at)) if modified <= at.unix_timestamp() => Err(Failed::NotModified),
            _ => Ok(()),
        }
    }

    /// For a read: 412, or 304 with the validators.
    pub(super) fn check_read(&self, version: &Version) -> S3Result<()> {
        self.evaluate(version).map_err(|failed| match failed {
            Failed::Precondition => precondition_failed(),
            Failed::NotModified => not_modified(version),
        })
    }

    /// For a copy's source: 412 either way.
    pub(super) fn check_source(&self, version: &Version) -> S3Result<()> {
        self.evaluate(version).map_err(|_| precondition_failed())
    }
}

/// Whether a range is still of the version that the client has a part of (RFC 9110, section 13.1.5): without
/// `If-Range` it is.
pub(super) fn range_holds(headers: &HeaderMap, version: &Version) -> bool {
    let Some(value) = headers.get(header::IF_RANGE) else {
        return true;
    };
    match date(value) {
        Some(at) => at.unix_timestamp() == from_millis(version.modified).unix_timestamp(),
        None => EntityTags::parse(value.as_bytes()).is_some_and(|tags| tags.have_strong(&version.etag)),
    }
}

/// What a write demands of the object it replaces. A demand that cannot be read refuses the write.
pub(super) fn precondition(headers: &HeaderMap) -> S3Result<Precondition> {
    Ok(Precondition {
        matches: entity_tags(headers, &header::IF_MATCH)?,
        differs: entity_tags(headers, &header::IF_NONE_MATCH)?,
    })
}

/// The tags of a header, which may come in several lines.
fn entity_tags(headers: &HeaderMap, name: &HeaderName) -> S3Result<Option<EntityTags>> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    EntityTags::parse(&lines.join(&b','))
        .map(Some)
        .ok_or_else(|| s3_error!(InvalidArgument, "invalid header: {name}"))
}

/// A date in any of the three forms of RFC 9110, section 5.6.7.
fn date(value: &HeaderValue) -> Option<OffsetDateTime> {
    let time: SystemTime = httpdate::parse_http_date(value.to_str().ok()?.trim()).ok()?;
    Some(time.into())
}

fn precondition_failed() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold"
    )
}

fn not_modified(version: &Version) -> S3Error {
    let mut headers = HeaderMap::new();
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", version.etag)) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(date) = last_modified(version) {
        headers.insert(header::LAST_MODIFIED, date);
    }
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    error.set_status_code(StatusCode::NOT_MODIFIED);
    error.set_headers(headers);
    error
}

pub(super) fn last_modified(version: &Version) -> Option<HeaderValue> {
    let date = httpdate::fmt_http_date(SystemTime::from(from_millis(version.modified)));
    HeaderValue::try_from(date).ok()
}

/// S3's ETag of an object.
pub(super) fn etag(value: &str) -> ETag {
    ETag::Strong(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn dates_come_in_three_forms() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            let read = date(&HeaderValue::from_static(text)).map(OffsetDateTime::unix_timestamp);
            assert_eq!(read, Some(784_111_777), "{text}");
        }
        assert_eq!(date(&HeaderValue::from_static("yesterday")), None);
    }

    #[test]
    fn a_write_is_refused_where_a_read_ignores_nonsense() {
        let nonsense = headers(&[("if-match", "\"a\"b")]);
        assert!(precondition(&nonsense).is_err());
        assert!(Conditions::of_read(&nonsense).if_match.is_none());
        let lines = headers(&[("if-match", "\"a\""), ("if-match", "\"b\"")]);
        assert!(precondition(&lines).unwrap().matches.unwrap().have_strong("b"));
    }
}
