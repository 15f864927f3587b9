//! Uploads by a browser's form: POST to a bucket, allowed by a signed policy.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>. `s3s` would gather the file in memory, so a
//! form is read here, up to its file, and carried out as the PUT that it amounts to.

mod fields;
mod policy;
mod signature;

use std::sync::Arc;

use http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Method, Request, Response, StatusCode, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{Body, S3Error, S3Result, s3_error};

use super::dispatch::{Operations, Prepared};
use super::gate::named;
use super::operations::{Operation, Target};
use super::query::Query;
use super::region::{self, Regions};
use super::{answer, document};
use crate::clock::Clock;
use crate::keys::access;
use crate::keys::{KeyTable, Permission};
use crate::service::check_key;
use fields::Fields;
use policy::Policy;

/// Fields that become the header of the same name.
const HEADERS: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];
/// What a key is encoded with in a path.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');
/// Fields of the signature, which are no headers of an upload.
const SIGNATURE: [&str; 5] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-signature",
];
const TAGGING: &[&str] = &["Tagging", "TagSet", "Tag", "Key", "Value"];

/// Whether a request is a form, whatever its path.
pub(super) fn is_form<B>(request: &Request<B>) -> bool {
    const KIND: &[u8] = b"multipart/form-data";
    let kind = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let form = kind.and_then(|kind| kind.get(..KIND.len()));
    request.method() == Method::POST && form.is_some_and(|form| form.eq_ignore_ascii_case(KIND))
}

/// Takes forms.
pub(super) struct Forms {
    pub(super) keys: Arc<KeyTable>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) regions: Arc<Regions>,
    pub(super) operations: Operations,
}

impl Forms {
    pub(super) async fn upload(&self, request: Request<Body>) -> Response<Body> {
        match self.accept(request).await {
            Ok(answer) => answer,
            Err(error) => answer::of(error),
        }
    }

    async fn accept(&self, request: Request<Body>) -> S3Result<Response<Body>> {
        let (head, body) = request.into_parts();
        let (target, bucket, _) = named(&head.uri)?;
        if target != Target::Bucket {
            return Err(s3_error!(
                MethodNotAllowed,
                "The specified method is not allowed against this resource."
            ));
        }
        let content_type = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let form = fields::read(content_type.unwrap_or_default(), body).await?;
        let fields = &form.fields;
        // Nobody uploads without a key of the store.
        let encoded = fields.get("policy").ok_or_else(access::denied)?;
        let now = self.clock.now();
        let signed = signature::verify(&self.keys, fields, encoded, now)?;
        let key = fields.get("key").unwrap_or_default().to_owned();
        if key.is_empty() {
            return Err(s3_error!(
                InvalidArgument,
                "Bucket POST must contain a field named 'key'. If it is specified, please check the order of the fields."
            ));
        }
        check_key(&key)?;
        let length = Policy::parse(encoded)?.check(fields, &bucket, now)?;
        signed.caller.require(&bucket, &key, Permission::ReadWrite)?;

        let query = Query::default();
        let headers = headers(fields)?;
        let operation = Operation::of(&Method::PUT, Target::Object, &query, &headers)?;
        if let Some(scope) = &signed.region
            && let Some(expected) = self.regions.expected(scope, operation, &bucket).await?
        {
            return Ok(region::wrong(&head.uri, scope, &expected));
        }
        let location = format!("/{bucket}/{}", utf8_percent_encode(&key, IN_A_PATH));
        let done = self
            .operations
            .carry_out(Prepared {
                caller: signed.caller,
                operation,
                method: Method::PUT,
                path: location.clone(),
                query,
                headers,
                region: signed.region,
                trailers: None,
                length,
                body: form.file,
            })
            .await?;
        if !done.status().is_success() {
            return Ok(done);
        }
        Ok(success(fields, &bucket, &key, &location, done.headers()))
    }
}

/// The headers of the PUT that the form amounts to.
fn headers(fields: &Fields) -> S3Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &str| {
        let invalid = |_| s3_error!(InvalidArgument, "The field {name} cannot be a header");
        let name = HeaderName::try_from(name)
            .map_err(|_| s3_error!(InvalidArgument, "A field cannot be a header"))?;
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).map_err(invalid)?);
        Ok::<_, S3Error>(())
    };
    for (name, value) in fields.iter() {
        match name {
            "acl" => add("x-amz-acl", value)?,
            "tagging" => add("x-amz-tagging", &tags(value)?)?,
            _ if HEADERS.contains(&name) => add(name, value)?,
            _ if name.starts_with("x-amz-") && !SIGNATURE.contains(&name) => add(name, value)?,
            _ => {}
        }
    }
    Ok(headers)
}

/// A form has its tags as a document, a PUT has them like a query.
fn tags(text: &str) -> S3Result<String> {
    let malformed = |_| s3_error!(MalformedXML, "The field tagging is not the document of tags");
    let plain = document::rewrite(text.as_bytes(), TAGGING)?;
    let mut deserializer = s3s::xml::Deserializer::new(plain.as_bytes());
    let tagging: s3s::dto::Tagging =
        s3s::xml::Deserialize::deserialize(&mut deserializer).map_err(malformed)?;
    let pairs = tagging
        .tag_set
        .into_iter()
        .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
    Ok(form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish())
}

/// The answer that the form asked for.
fn success(fields: &Fields, bucket: &str, key: &str, location: &str, done: &HeaderMap) -> Response<Body> {
    let etag = done
        .get(ETAG)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let redirect = fields
        .get("success_action_redirect")
        .or_else(|| fields.get("redirect"))
        .and_then(|url| redirection(url, &[("bucket", bucket), ("key", key), ("etag", etag)]));
    let mut response = match (redirect, fields.get("success_action_status")) {
        (Some(url), _) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(LOCATION, url);
            response
        }
        (None, Some("201")) => {
            let elements = [
                ("Location", location),
                ("Bucket", bucket),
                ("Key", key),
                ("ETag", etag),
            ];
            answer::document(StatusCode::CREATED, "PostResponse", &elements)
        }
        (None, status) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = match status {
                Some("200") => StatusCode::OK,
                _ => StatusCode::NO_CONTENT,
            };
            response
        }
    };
    let headers = response.headers_mut();
    if !headers.contains_key(LOCATION)
        && let Ok(location) = HeaderValue::try_from(location)
    {
        headers.insert(LOCATION, location);
    }
    for (name, value) in done {
        if *name == ETAG || name.as_str().starts_with("x-amz-") {
            headers.insert(name, value.clone());
        }
    }
    response
}

/// The page to go to, told what was uploaded. What is no address of the web is ignored, as S3 does.
fn redirection(url: &str, told: &[(&str, &str)]) -> Option<HeaderValue> {
    let parsed: Uri = url.parse().ok()?;
    if !matches!(parsed.scheme_str(), Some("http" | "https")) {
        return None;
    }
    let (page, fragment) = url.split_once('#').unwrap_or((url, ""));
    let join = if page.contains('?') { '&' } else { '?' };
    let told = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(told)
        .finish();
    let fragment = if fragment.is_empty() {
        String::new()
    } else {
        format!("#{fragment}")
    };
    HeaderValue::try_from(format!("{page}{join}{told}{fragment}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_what_was_uploaded() {
        let told = |url: &str| redirection(url, &[("key", "a b&c")]);
        assert_eq!(told("https://a.test/p").unwrap(), "https://a.test/p?key=a+b%26c");
        assert_eq!(
            told("http://a.test/p?q=1#f").unwrap(),
            "http://a.test/p?q=1&key=a+b%26c#f"
        );
        for url in ["javascript:alert(1)", "/relative", "", "file:///etc/passwd"] {
            assert_eq!(told(url), None, "{url}");
        }
    }

    #[test]
    fn tags_of_a_form_are_those_of_a_header() {
        let document = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1+1&amp;</Value></Tag></TagSet></Tagging>";
        assert_eq!(tags(document).unwrap(), "a+b=1%2B1%26");
        assert!(tags("<Tagging>").is_err());
    }
}
