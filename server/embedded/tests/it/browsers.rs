//! What browsers need and must not get: preflights, exposed headers, no execution.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, CorsConfiguration, CorsRule, VersioningConfiguration};
use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;
use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::store::{ORIGIN, Running};

async fn preflight(url: &str, origin: &str, method: &str) -> reqwest::Response {
    reqwest::Client::new()
        .request(Method::OPTIONS, url)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header(
            "access-control-request-headers",
            "content-type,x-amz-checksum-sha256",
        )
        .send()
        .await
        .unwrap()
}

fn header(response: &reqwest::Response, name: &str) -> String {
    response
        .headers()
        .get(name)
        .map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_default_rule_lets_the_app_in_and_no_one_else() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let versioned = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .build();
    let keep = root.put_bucket_versioning().bucket("b-b");
    keep.versioning_configuration(versioned).send().await.unwrap();
    let url = format!("{}/b-b/k", running.endpoint);
    let allowed = preflight(&url, ORIGIN, "PUT").await;
    assert_eq!(allowed.status(), 200);
    assert_eq!(header(&allowed, "access-control-allow-origin"), ORIGIN);
    assert_eq!(
        header(&allowed, "access-control-allow-headers"),
        "content-type, x-amz-checksum-sha256"
    );
    assert_eq!(header(&allowed, "access-control-max-age"), "600");
    assert_eq!(preflight(&url, "http://evil.test", "PUT").await.status(), 403);
    assert_eq!(preflight(&url, ORIGIN, "PATCH").await.status(), 403);

    let put = root
        .put_object()
        .bucket("b-b")
        .key("k")
        .body(ByteStream::from_static(b"x"));
    let put = put
        .presigned(PresigningConfig::expires_in(Duration::from_secs(60)).unwrap())
        .await
        .unwrap();
    let answer = reqwest::Client::new()
        .put(put.uri())
        .header("origin", ORIGIN)
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "access-control-allow-origin"), ORIGIN);
    let exposed = header(&answer, "access-control-expose-headers");
    for name in [
        "etag",
        "x-amz-version-id",
        "x-amz-checksum-crc64nvme",
        "x-amz-request-id",
    ] {
        assert!(exposed.split(", ").any(|one| one == name), "{name} in {exposed}");
    }
    let answer = reqwest::Client::new()
        .put(put.uri())
        .header("origin", "http://evil.test")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(header(&answer, "access-control-allow-origin"), "");
    // A refusal can be read too, or a page could not tell what went wrong.
    let answer = reqwest::Client::new()
        .get(&url)
        .header("origin", ORIGIN)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            header(&answer, "access-control-allow-origin")
        ),
        (403, ORIGIN.into())
    );
}

/// What a browser sends while its developer tools disable the cache.
#[tokio::test]
async fn a_browser_that_bypasses_its_cache_uploads_all_the_same() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let minute = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let put = root
        .put_object()
        .bucket("b-b")
        .key("k")
        .presigned(minute)
        .await
        .unwrap();
    for (value, status) in [("no-cache", 200), ("max-age=0", 200), ("max-age=60", 403)] {
        let answer = reqwest::Client::new()
            .put(put.uri())
            .header("origin", ORIGIN)
            .header("cache-control", value)
            .header("pragma", "no-cache")
            .body("x")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{value}");
    }
    let head = root.head_object().bucket("b-b").key("k").send().await.unwrap();
    assert_eq!(head.cache_control(), None);
}

#[tokio::test]
async fn a_bucket_s_own_rules_replace_the_default() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("own").send().await.unwrap();
    let rule = CorsRule::builder()
        .allowed_origins("http://*.test")
        .allowed_methods("GET")
        .allowed_headers("content-*")
        .allowed_headers("x-amz-*")
        .expose_headers("ETag")
        .build()
        .unwrap();
    let rules = CorsConfiguration::builder().cors_rules(rule).build().unwrap();
    root.put_bucket_cors()
        .bucket("own")
        .cors_configuration(rules)
        .send()
        .await
        .unwrap();
    let url = format!("{}/own/k", running.endpoint);
    let allowed = preflight(&url, "http://other.test", "GET").await;
    assert_eq!(
        (
            allowed.status().as_u16(),
            header(&allowed, "access-control-expose-headers")
        ),
        (200, "ETag".into())
    );
    assert_eq!(preflight(&url, ORIGIN, "GET").await.status(), 403);
    assert_eq!(preflight(&url, "http://other.test", "PUT").await.status(), 403);
    root.delete_bucket_cors().bucket("own").send().await.unwrap();
    assert_eq!(preflight(&url, ORIGIN, "GET").await.status(), 200);
}

#[tokio::test]
async fn stored_pages_do_not_run() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    for (kind, sandboxed) in [
        ("text/html", true),
        ("image/svg+xml; charset=utf-8", true),
        ("application/xml", true),
        ("image/png", false),
    ] {
        let put = root.put_object().bucket("b-b").key("k").content_type(kind);
        put.body(ByteStream::from_static(b"<script>"))
            .send()
            .await
            .unwrap();
        let get = root.get_object().bucket("b-b").key("k");
        let get = get
            .presigned(PresigningConfig::expires_in(Duration::from_secs(60)).unwrap())
            .await
            .unwrap();
        let answer = reqwest::get(get.uri()).await.unwrap();
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(
            header(&answer, "content-security-policy").contains("sandbox"),
            sandboxed,
            "{kind}"
        );
    }
}

/// As a browser does: the whole body goes out before the answer is looked at.
#[tokio::test]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    const LENGTH: usize = 16 << 20;
    let running = Running::start().await;
    let address = running.endpoint.trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let put = running.root().put_object().bucket("b-b").key("k");
    let long_ago = PresigningConfig::builder()
        .start_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000))
        .expires_in(Duration::from_secs(60))
        .build()
        .unwrap();
    let expired = put.presigned(long_ago).await.unwrap();
    let target = expired.uri().trim_start_matches(&running.endpoint);
    let head = format!("PUT {target} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {LENGTH}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![7; LENGTH]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(answer.ends_with("</Error>"), "{answer}");
}
