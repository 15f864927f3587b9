//! What `s3s` leaves out of its documents.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use quick_xml::escape::partial_escape;
use s3s::{Body, S3Error};

/// An error that has more to say than `s3s` can write.
pub(super) fn error(
    status: StatusCode,
    code: &str,
    message: &str,
    further: &[(&str, &str)],
) -> Response<Body> {
    let elements = [&[("Code", code), ("Message", message)], further].concat();
    document(status, "Error", &elements)
}

/// The answer of `s3s` to an error.
pub(super) fn of(error: S3Error) -> Response<Body> {
    error.to_http_response().unwrap_or_else(|fault| {
        tracing::error!(error = %fault, "an error cannot be written");
        self::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "", &[])
    })
}

/// A document of one level.
pub(super) fn document(status: StatusCode, name: &str, elements: &[(&str, &str)]) -> Response<Body> {
    let mut document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{name}>");
    for (name, text) in elements {
        document.push_str(&format!("<{name}>{}</{name}>", partial_escape(*text)));
    }
    document.push_str(&format!("</{name}>"));
    let mut response = Response::new(Body::from(document));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// Completes the document of an answer: an error names its request, and characters that XML has no place for are
/// written as references. Objects are streams and never touched.
pub(crate) fn complete_document(response: &mut Response<Body>, request_id: &str) {
    let is_xml = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes) == Some(b"application/xml");
    if !is_xml {
        return;
    }
    let Some(document) = response.body().bytes() else {
        return;
    };
    let mut document = with_references(document);
    if response.status() >= StatusCode::BAD_REQUEST
        && let Some(error) = document.strip_suffix(b"</Error>")
    {
        document = [
            error,
            b"<RequestId>",
            request_id.as_bytes(),
            b"</RequestId></Error>",
        ]
        .concat()
        .into();
    }
    *response.body_mut() = Body::from(document);
}

/// Whether XML 1.0 has no way to write a character, not even as a reference.
pub(crate) fn outside_xml(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// A carriage return as it is would be read as a line feed (XML 1.0, section 2.11). S3 writes references to the
/// characters that XML cannot carry, too; who cannot read those asks for `encoding-type=url`.
fn with_references(document: Bytes) -> Bytes {
    let Ok(text) = std::str::from_utf8(&document) else {
        return document;
    };
    let special = |character: char| character == '\r' || outside_xml(character);
    if !text.contains(special) {
        return document;
    }
    let mut written = String::with_capacity(text.len() + 64);
    for character in text.chars() {
        if special(character) {
            written.push_str(&format!("&#x{:X};", u32::from(character)));
        } else {
            written.push(character);
        }
    }
    written.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(status: StatusCode, document: &'static str) -> String {
        let mut response = Response::new(Body::from(document.to_owned()));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        complete_document(&mut response, "ID");
        String::from_utf8(response.body().bytes().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn errors_name_their_request() {
        let error = completed(StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>");
        assert_eq!(
            error,
            "<Error><Code>NoSuchKey</Code><RequestId>ID</RequestId></Error>"
        );
        assert_eq!(completed(StatusCode::OK, "<Error></Error>"), "<Error></Error>");
    }

    #[test]
    fn characters_outside_xml_become_references() {
        assert_eq!(
            completed(StatusCode::OK, "<Key>a\u{1}\r\u{ffff}\tü</Key>"),
            "<Key>a&#x1;&#xD;&#xFFFF;\tü</Key>"
        );
    }
}
