//! A posted form.

use app::contract::{ApiError, ErrorCode};
use axum::extract::{FromRequest, Request};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;

use super::{body::body_of, refusal::validation};
use crate::http::problem::Problem;

/// A body of type `application/x-www-form-urlencoded`.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let declared = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok());
        let is_form = declared.is_some_and(|v| {
            let essence = v.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        if !is_form {
            return Err(Problem::new(ApiError::new(
                ErrorCode::ValidationError,
                "The body must be a form, with Content-Type: application/x-www-form-urlencoded",
            ))
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = body_of(request, state).await?;
        parse(&bytes, "form").map(Self)
    }
}

/// Fields of a form or a query string; each is percent-decoded once and must then be UTF-8.
pub(super) fn parse<T: DeserializeOwned>(encoded: &[u8], place: &str) -> Result<T, Problem> {
    if !decodes_to_utf8(encoded) {
        return Err(Problem::new(ApiError::new(
            ErrorCode::ValidationError,
            format!("The {place} is not valid UTF-8"),
        )));
    }
    let fields = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(encoded));
    serde_path_to_error::deserialize(fields).map_err(|e| {
        let path = e.path().to_string();
        Problem::new(validation(place, &path, &e.into_inner().to_string()))
    })
}

/// The parser beneath replaces what is not UTF-8 by U+FFFD, which would name another object than the one meant.
fn decodes_to_utf8(encoded: &[u8]) -> bool {
    encoded.split(|b| matches!(b, b'&' | b'=')).all(|piece| {
        let decoded: Vec<u8> = percent_encoding::percent_decode(piece).collect();
        std::str::from_utf8(&decoded).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::decodes_to_utf8;

    #[test]
    fn bytes_that_are_not_utf8_are_seen_through_their_encoding() {
        assert!(decodes_to_utf8(b"key=a%20b&prefix=%C3%A9"));
        assert!(!decodes_to_utf8(b"key=%FF"));
        assert!(!decodes_to_utf8(b"key=%C3"));
        assert!(!decodes_to_utf8(b"%ED%A0%80=1"));
        // Decoded once only: a doubly encoded byte is six printable characters.
        assert!(decodes_to_utf8(b"key=%25FF"));
    }
}
