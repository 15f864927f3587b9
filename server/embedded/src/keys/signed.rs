//! What a signature must cover, beyond what `s3s` checks.
//!
//! `s3s` verifies the signature over the headers that the client chose to sign. Without more, the holder of a presigned
//! PUT could add `x-amz-copy-source` and turn it into a copy of anything that the signer may read. So, as AWS does,
//! every `x-amz-*` header that is sent must be signed, and `host` too. And, unlike AWS, a presigned URL must also sign
//! the other headers that are kept with an object: whoever holds the URL may write what its signer meant, and nothing
//! else.

use http::{HeaderMap, HeaderName, Method, Request, Uri, header};
use s3s::{Body, S3Error, S3Result, s3_error};

/// A presigned URL lives a week at most.
const LONGEST_EXPIRY: u64 = 7 * 24 * 60 * 60;

/// The parameters that a URL presigned by version 2 may carry: its own three, and those that it signs.
const SIGNED_BY_V2: [&str; 12] = [
    "AWSAccessKeyId",
    "Expires",
    "Signature",
    "partNumber",
    "uploadId",
    "versionId",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

/// The headers that are kept with an object, besides its type and `x-amz-*`.
const KEPT: [HeaderName; 5] = [
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::EXPIRES,
];

/// Removes from a presigned write the `Cache-Control` that a browser adds to every request while its caches are turned
/// off. No page can prevent it; it is a directive about the answer (RFC 9111 §5.2.1), and would be kept with the
/// object.
pub(crate) fn take_off_browsers_directive(request: &mut Request<Body>) {
    let (uri, headers) = (request.uri(), request.headers());
    let is_signed = if query_value(uri, "X-Amz-Signature").is_some() {
        signed_headers(uri, headers).is_some_and(|signed| lists(&signed, header::CACHE_CONTROL.as_str()))
    } else {
        // Version 2 signs no such header.
        query_value(uri, "Signature").is_none()
    };
    let is_browsers = headers
        .get(header::CACHE_CONTROL)
        .is_some_and(|value| value == "no-cache" || value == "max-age=0");
    if writes(request.method()) && is_browsers && !is_signed {
        request.headers_mut().remove(header::CACHE_CONTROL);
    }
}

fn writes(method: &Method) -> bool {
    matches!(*method, Method::PUT | Method::POST)
}

/// Whether the list of signed headers holds this one.
fn lists(signed: &str, name: &str) -> bool {
    signed.split(';').any(|one| one.eq_ignore_ascii_case(name))
}

/// Refuses a request that carries unsigned `x-amz-*` headers, or is presigned for longer than a week.
/// Of version 2 only presigned URLs are taken, because boto3 still makes them by default; its header
/// form could be replayed for ever.
pub(crate) fn check(method: &Method, uri: &Uri, headers: &HeaderMap) -> S3Result<()> {
    let query = |name: &str| query_value(uri, name);
    let writes = writes(method);
    if query("Signature").is_some() {
        // Version 2 signs none of these headers.
        match KEPT.iter().find(|name| writes && headers.contains_key(*name)) {
            Some(name) => return Err(unsigned(name)),
            None => return check_v2(uri),
        }
    }
    let presigned = query("X-Amz-Signature").is_some();
    if presigned {
        let expires = query("X-Amz-Expires").and_then(|seconds| seconds.parse::<u64>().ok());
        if expires.is_none_or(|seconds| seconds > LONGEST_EXPIRY) {
            return Err(s3_error!(
                AuthorizationQueryParametersError,
                "X-Amz-Expires must be at most a week in seconds"
            ));
        }
    }
    let Some(signed) = signed_headers(uri, headers) else {
        return Err(s3_error!(InvalidRequest, "Only signature version 4 is accepted"));
    };
    let is_signed = |name: &str| lists(&signed, name);
    if !is_signed("host") {
        return Err(s3_error!(AccessDenied, "The host header must be signed"));
    }
    for name in headers.keys() {
        let exempt = match name.as_str() {
            // A presigned request may declare its body's hash without having known it when signing.
            "x-amz-content-sha256" => presigned,
            // Every signature of a header covers the time itself.
            "x-amz-date" => !presigned,
            _ => false,
        };
        if name.as_str().starts_with("x-amz-") && !exempt && !is_signed(name.as_str()) {
            return Err(unsigned(name));
        }
    }
    if presigned
        && writes
        && let Some(name) = KEPT
            .iter()
            .find(|name| headers.contains_key(*name) && !is_signed(name.as_str()))
    {
        return Err(unsigned(name));
    }
    Ok(())
}

fn unsigned(name: &HeaderName) -> S3Error {
    s3_error!(
        AccessDenied,
        "There were headers present in the request which were not signed: {name}"
    )
}

/// The list of signed headers of a version 4 signature.
fn signed_headers(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    if query_value(uri, "X-Amz-Signature").is_some() {
        return Some(query_value(uri, "X-Amz-SignedHeaders").unwrap_or_default());
    }
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())?;
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256")?;
    let signed = fields
        .split(',')
        .find_map(|field| field.trim().strip_prefix("SignedHeaders="));
    Some(signed.unwrap_or_default().to_owned())
}

/// Version 2 signs all `x-amz-*` headers, but only some parameters; those it does not are refused, and so
/// are repeated ones, which it would not see.
fn check_v2(uri: &Uri) -> S3Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for pair in uri.query().unwrap_or_default().split('&') {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        // boto3 repeats these headers as parameters; they mean nothing there, and the headers are signed.
        if matches!(name, "content-type" | "content-md5") || name.starts_with("x-amz-meta-") {
            continue;
        }
        if !SIGNED_BY_V2.contains(&name) || seen.contains(&name) {
            return Err(s3_error!(
                AccessDenied,
                "The request has a parameter which was not signed: {name}"
            ));
        }
        seen.push(name);
    }
    Ok(())
}

/// The decoded value of a query parameter, the first if there are several.
pub(crate) fn query_value(uri: &Uri, name: &str) -> Option<String> {
    uri.query()?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8_lossy()
                .into_owned()
        };
        (decode(key) == name).then(|| decode(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (k.parse().unwrap(), http::HeaderValue::from_static(v)))
            .collect()
    }

    fn check(uri: &Uri, headers: &HeaderMap) -> S3Result<()> {
        super::check(&Method::GET, uri, headers)
    }

    const PRESIGNED: &str =
        "/b/k?X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-amz-tagging&X-Amz-Signature=0";

    #[test]
    fn an_unsigned_amz_header_is_refused() {
        let uri: Uri = PRESIGNED.parse().unwrap();
        check(
            &uri,
            &headers(&[("x-amz-tagging", "a=b"), ("content-type", "text/plain")]),
        )
        .unwrap();
        check(&uri, &headers(&[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")])).unwrap();
        let refused = check(&uri, &headers(&[("x-amz-copy-source", "b/secret")])).unwrap_err();
        assert_eq!(refused.code().as_str(), "AccessDenied");
    }

    #[test]
    fn header_signatures_are_held_to_the_same() {
        let uri: Uri = "/b/k".parse().unwrap();
        let auth =
            "AWS4-HMAC-SHA256 Credential=A/1/r/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=0";
        check(&uri, &headers(&[("authorization", auth), ("x-amz-date", "1")])).unwrap();
        assert!(check(&uri, &headers(&[("authorization", auth), ("x-amz-meta-a", "1")])).is_err());
    }

    #[test]
    fn version_2_is_taken_from_urls_with_nothing_unsigned() {
        let check = |uri: &str| check(&uri.parse().unwrap(), &HeaderMap::new());
        check("/b/k?AWSAccessKeyId=A&Expires=1&Signature=0&versionId=v").unwrap();
        check("/b/k?AWSAccessKeyId=A&Expires=1&Signature=0&content-type=a&x-amz-meta-b=c").unwrap();
        assert!(check("/b/k?AWSAccessKeyId=A&Expires=1&Signature=0&attributes").is_err());
        assert!(check("/b/k?AWSAccessKeyId=A&Expires=1&Signature=0&%76ersionId=v").is_err());
        assert!(check("/b/k?AWSAccessKeyId=A&Expires=1&Signature=0&versionId=v&versionId=w").is_err());
        assert!(check("/b/k?AWSAccessKeyId=A&Expires=1&Signature=0&X-Amz-Signature=0").is_err());
        let header = headers(&[("authorization", "AWS A:0")]);
        assert!(super::check(&Method::GET, &"/b".parse().unwrap(), &header).is_err());
    }

    #[test]
    fn endless_urls_are_refused() {
        let long: Uri = PRESIGNED.replace("=60", "=604801").parse().unwrap();
        assert!(check(&long, &HeaderMap::new()).is_err());
    }

    #[test]
    fn what_is_kept_with_an_object_must_be_signed_into_a_url() {
        let v4: Uri = PRESIGNED.replace("host", "host%3Bcache-control").parse().unwrap();
        let v2: Uri = "/b/k?AWSAccessKeyId=A&Expires=1&Signature=0".parse().unwrap();
        let by_header: Uri = "/b/k".parse().unwrap();
        let authorization =
            "AWS4-HMAC-SHA256 Credential=A/1/r/s3/aws4_request, SignedHeaders=host, Signature=0";
        for name in [
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "expires",
        ] {
            let with = headers(&[(name, "x")]);
            assert_eq!(
                super::check(&Method::PUT, &v4, &with).is_ok(),
                name == "cache-control",
                "{name}"
            );
            assert!(super::check(&Method::PUT, &v2, &with).is_err(), "{name}");
            // A browser that reloads asks with `Cache-Control`; it means nothing there.
            super::check(&Method::GET, &v4, &with).unwrap();
            super::check(&Method::GET, &v2, &with).unwrap();
            // Who signs each request may send what they like.
            let with = headers(&[(name, "x"), ("authorization", authorization)]);
            super::check(&Method::PUT, &by_header, &with).unwrap();
        }
        super::check(&Method::PUT, &v4, &headers(&[("content-type", "text/plain")])).unwrap();
        assert!(super::check(&Method::PUT, &v4, &headers(&[("x-amz-meta-a", "b")])).is_err());
    }

    #[test]
    fn a_browser_s_own_directive_is_taken_off_what_a_url_writes() {
        let v4 = PRESIGNED;
        let signing = PRESIGNED.replace("host", "host%3Bcache-control");
        let v2 = "/b/k?AWSAccessKeyId=A&Expires=1&Signature=0";
        for (method, uri, value, is_kept) in [
            (Method::PUT, v4, "no-cache", false),
            (Method::PUT, v4, "max-age=0", false),
            (Method::PUT, v2, "no-cache", false),
            (Method::PUT, v4, "public, max-age=60", true),
            (Method::PUT, &*signing, "no-cache", true),
            (Method::PUT, "/b/k", "no-cache", true),
            (Method::GET, v4, "no-cache", true),
        ] {
            let request = Request::builder()
                .method(&method)
                .uri(uri)
                .header("cache-control", value);
            let mut request = request.body(Body::empty()).unwrap();
            take_off_browsers_directive(&mut request);
            assert_eq!(
                request.headers().contains_key("cache-control"),
                is_kept,
                "{method} {uri} {value}"
            );
        }
    }
}
