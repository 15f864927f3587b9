//! What may be stored beside an object's bytes: the content type and the metadata that S3 takes.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};

use super::serving::is_media_type;

/// S3's limit on all user metadata together: the bytes of the names, without `x-amz-meta-`, and of the values
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>).
pub(crate) const MAX_METADATA_BYTES: usize = 2048;

/// `room` is how many bytes of metadata the object takes.
///
/// # Errors
/// The field and what is wrong with it.
pub(crate) fn check_headers(
    content_type: Option<&str>,
    metadata: &BTreeMap<String, String>,
    room: usize,
) -> Result<(), (String, String)> {
    if content_type.is_some_and(|content_type| !is_media_type(content_type)) {
        return Err((
            "content_type".to_owned(),
            "must be a media type such as text/plain".to_owned(),
        ));
    }
    let mut bytes = 0;
    for (name, value) in metadata {
        bytes += name.len() + value.len();
        let field = || format!("metadata.{name}");
        if name.is_empty()
            || name.to_ascii_lowercase() != *name
            || name.starts_with("forepeak-")
            || HeaderName::try_from(format!("x-amz-meta-{name}")).is_err()
        {
            return Err((
                field(),
                "must be named in lower-case letters, digits and hyphens, and not begin with forepeak-"
                    .to_owned(),
            ));
        }
        if !is_printable(value) || value.trim() != value || HeaderValue::try_from(value).is_err() {
            return Err((field(), "must hold printable ASCII only".to_owned()));
        }
    }
    if bytes > room {
        return Err((
            "metadata".to_owned(),
            format!("must not be longer than {room} bytes in all, names and values together"),
        ));
    }
    Ok(())
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_storage_would_not_keep_are_refused() {
        let metadata = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let check_headers = |kind: Option<&str>, metadata: &BTreeMap<String, String>| {
            check_headers(kind, metadata, MAX_METADATA_BYTES)
        };
        assert!(check_headers(Some("text/plain; charset=utf-8"), &metadata("a-b", "c d")).is_ok());
        for bad in ["", "text", "text/plain\r\nx: y", "t\u{e4}xt/plain"] {
            assert!(check_headers(Some(bad), &BTreeMap::new()).is_err(), "{bad}");
        }
        for (name, value) in [
            ("A", "x"),
            ("a b", "x"),
            ("", "\u{e4}"),
            ("a", "x\ny"),
            ("a", " x"),
            ("forepeak-upload", "x"),
            ("a", &"x".repeat(2048)),
        ] {
            assert!(
                check_headers(None, &metadata(name, value)).is_err(),
                "{name}: {value}"
            );
        }
    }
}
