//! Conditional requests, in the order of RFC 9110, section 13.2.2.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use time::OffsetDateTime;

use crate::clock::from_millis;
use crate::meta::records::Version;
use crate::meta::versions::Precondition;

/// The four conditions of a read or of a copy's source.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

enum Failed {
    Precondition,
    NotModified,
}

impl Conditions {
    fn evaluate(&self, version: &Version) -> Result<(), Failed> {
        // HTTP dates have whole seconds, so the time of the object is cut to them.
        let modified = from_millis(version.modified).unix_timestamp();
        let since = |at: &Timestamp| OffsetDateTime::from(at.clone()).unix_timestamp();
        let same = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(etag) => etag.value() == version.etag,
        };
        match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) if !same(condition) => return Err(Failed::Precondition),
            (None, Some(at)) if modified > since(at) => return Err(Failed::Precondition),
            _ => {}
        }
        match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) if same(condition) => Err(Failed::NotModified),
            (None, Some(at)) if modified <= since(at) => Err(Failed::NotModified),
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
    let mut date = Vec::new();
    if Timestamp::from(from_millis(version.modified))
        .format(s3s::dto::TimestampFormat::HttpDate, &mut date)
        .is_ok()
        && let Ok(value) = HeaderValue::from_bytes(&date)
    {
        headers.insert(header::LAST_MODIFIED, value);
    }
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    error.set_status_code(StatusCode::NOT_MODIFIED);
    error.set_headers(headers);
    error
}

/// What a write demands of the object it replaces.
pub(super) fn precondition(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<Precondition> {
    if matches!(if_none_match, Some(ETagCondition::ETag(_))) {
        return Err(s3_error!(
            NotImplemented,
            "A write takes If-None-Match only with the value *"
        ));
    }
    Ok(Precondition {
        matches: if_match.map(|condition| match condition {
            ETagCondition::Any => None,
            ETagCondition::ETag(etag) => Some(etag.value().to_owned()),
        }),
        absent: if_none_match.is_some(),
    })
}

/// The same from the raw headers, for operations whose input lacks them.
pub(super) fn precondition_of(headers: &HeaderMap) -> S3Result<Precondition> {
    let read = |name: header::HeaderName| match headers.get(&name) {
        None => Ok(None),
        Some(value) => ETagCondition::parse_http_header(value.as_bytes())
            .map(Some)
            .map_err(|_| s3_error!(InvalidArgument, "invalid header: {name}")),
    };
    precondition(
        read(header::IF_MATCH)?.as_ref(),
        read(header::IF_NONE_MATCH)?.as_ref(),
    )
}

/// S3's ETag of an object.
pub(super) fn etag(value: &str) -> ETag {
    ETag::Strong(value.to_owned())
}
