//! Headers that `s3s` reads more narrowly than S3 does, put into the form that it reads.
//!
//! Only after the signature was verified, because it covers them; but for its own date.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use s3s::dto::Range;
use s3s::{S3Result, s3_error};
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::query::Query;

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");

/// Headers that the service reads itself, as they came ([`crate::service::raw`]): conditions, and what is kept
/// to the letter.
const READ_BY_THE_SERVICE: [HeaderName; 9] = [
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::EXPIRES,
    HeaderName::from_static("x-amz-copy-source-if-match"),
    HeaderName::from_static("x-amz-copy-source-if-none-match"),
    HeaderName::from_static("x-amz-copy-source-if-modified-since"),
    HeaderName::from_static("x-amz-copy-source-if-unmodified-since"),
];

/// A signature of version 4 may be dated by `Date` instead of `x-amz-date`; `s3s` knows only the latter. The signature
/// covers the time itself, so it does not matter whether it covers the header.
pub(super) fn adopt_date(headers: &mut HeaderMap) {
    let version_4 = |value: &HeaderValue| value.as_bytes().starts_with(b"AWS4-");
    if headers.contains_key(X_AMZ_DATE) || !headers.get(header::AUTHORIZATION).is_some_and(version_4) {
        return;
    }
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    let date = headers
        .get(header::DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(read_date)
        .and_then(|time| time.to_offset(UtcOffset::UTC).format(form).ok())
        .and_then(|text| HeaderValue::try_from(text).ok());
    if let Some(date) = date {
        headers.insert(X_AMZ_DATE, date);
    }
}

/// A date of HTTP, or one of mail, which boto writes.
fn read_date(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    let of_http = httpdate::parse_http_date(text).ok().map(OffsetDateTime::from);
    of_http.or_else(|| OffsetDateTime::parse(text, &Rfc2822).ok())
}

/// Presigned URLs may carry `x-amz-*` headers as parameters: those become headers. The signature covers both, so a
/// request that has one name in both places with two values says two things, and is refused.
pub(super) fn adopt_parameters(query: &Query, headers: &mut HeaderMap) -> S3Result<()> {
    let unreadable = || {
        s3_error!(
            InvalidArgument,
            "A parameter of the request cannot be read as a header"
        )
    };
    let mut adopted = HeaderMap::new();
    for (name, value) in query.pairs() {
        if !name.starts_with("x-amz-") {
            continue;
        }
        let name = HeaderName::try_from(name).map_err(|_| unreadable())?;
        let value = HeaderValue::try_from(value).map_err(|_| unreadable())?;
        let other = headers.get(&name).is_some_and(|own| *own != value);
        if other || adopted.insert(name, value).is_some() {
            return Err(s3_error!(
                InvalidArgument,
                "A header is given twice, once as a parameter"
            ));
        }
    }
    headers.extend(adopted);
    Ok(())
}

/// Values that an answer is to carry as headers must make headers.
pub(super) fn check_overrides(query: &Query) -> S3Result<()> {
    for (name, value) in query.pairs() {
        if name.starts_with("response-") && HeaderValue::from_str(value).is_err() {
            return Err(s3_error!(
                InvalidArgument,
                "The value of {name} cannot be a header"
            ));
        }
    }
    Ok(())
}

/// The headers as `s3s` reads them rightly.
pub(super) fn narrow(headers: &mut HeaderMap) {
    // It would look for the secret again, which only the first stage knows.
    headers.remove(header::AUTHORIZATION);
    for name in READ_BY_THE_SERVICE {
        headers.remove(name);
    }
    let readable = |value: &HeaderValue| value.to_str().is_ok_and(|text| Range::parse(text).is_ok());
    // S3 ignores a Range header that it cannot read, several ranges included (RFC 9110, 14.2, lets it).
    if headers.get(header::RANGE).is_some_and(|value| !readable(value)) {
        headers.remove(header::RANGE);
    }
    if let Some(source) = headers.get("x-amz-copy-source").map(plain_source) {
        headers.insert("x-amz-copy-source", source);
    }
}

/// A copy source is encoded like a query: a plus stands for a space. Bytes that are none of a header's text are
/// encoded on the way.
fn plain_source(value: &HeaderValue) -> HeaderValue {
    let mut plain = String::with_capacity(value.len());
    for &byte in value.as_bytes() {
        match byte {
            b'+' => plain.push_str("%20"),
            b' '..=b'~' => plain.push(char::from(byte)),
            _ => plain.push_str(&format!("%{byte:02X}")),
        }
    }
    HeaderValue::try_from(plain).unwrap_or_else(|_| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_in_a_copy_source_is_a_space() {
        let source = HeaderValue::from_bytes("b/a+b%2Bc/ü?versionId=null".as_bytes()).unwrap();
        assert_eq!(plain_source(&source), "b/a%20b%2Bc/%C3%BC?versionId=null");
    }

    #[test]
    fn parameters_become_headers_unless_they_contradict_one() {
        let query = Query::parse(Some("x-amz-acl=private&X-Amz-Date=1&acl")).unwrap();
        let mut headers = HeaderMap::new();
        adopt_parameters(&query, &mut headers).unwrap();
        assert_eq!(headers["x-amz-acl"], "private");
        assert_eq!(headers.len(), 1);
        adopt_parameters(&query, &mut headers).unwrap();
        headers.insert("x-amz-acl", HeaderValue::from_static("public-read"));
        assert!(adopt_parameters(&query, &mut headers).is_err());
        let twice = Query::parse(Some("x-amz-acl=private&x-amz-acl=private")).unwrap();
        assert!(adopt_parameters(&twice, &mut HeaderMap::new()).is_err());
    }
}
