use app::features::files::types::{DownloadResponse, ObjectMetadata};
use http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, User};

async fn link(user: &User, body: Value) -> DownloadResponse {
    user.post("/api/s3/download", body).await.ok()
}

async fn read_with(user: &User, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut client = user.client.clone();
    for (name, value) in headers {
        client = client.with(Box::leak((*name).to_owned().into_boxed_str()), value);
    }
    client
        .get(&format!("/api/s3/object?key={}", user.query_key(path)))
        .await
}

#[tokio::test]
async fn metadata_is_what_was_stored() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a.txt", "text/plain", b"hello").await;
    let path = format!("/api/s3/object/metadata?key={}", ada.query_key("a.txt"));
    let metadata: ObjectMetadata = ada.get(&path).await.ok();
    assert_eq!(metadata.content_type, "text/plain");
    assert_eq!(metadata.content_length, 5);
    assert_eq!(metadata.storage_class, "STANDARD");
    // The SHA-256 that storage verified.
    let checksum = metadata.checksum.unwrap();
    assert_eq!(checksum.value, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    ada.get(&format!("{path}x")).await.error(404);
    ada.get(&format!("{path}&version_id=none")).await.error(404);
    assert!(
        ada.get("/api/s3/object/metadata")
            .await
            .error(400)
            .fields
            .contains_key("key")
    );
}

#[tokio::test]
async fn an_object_streams_whole_in_part_or_not_at_all() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a.txt", "text/plain", b"0123456789").await;

    let whole = read_with(&ada, "a.txt", &[]).await;
    assert_eq!((whole.status.as_u16(), whole.text()), (200, "0123456789"));
    assert_eq!(whole.header("content-length"), Some("10"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        whole.header("content-security-policy"),
        Some("sandbox; default-src 'none'")
    );
    assert_eq!(
        whole.header("content-disposition"),
        Some("attachment; filename=\"a.txt\"")
    );
    assert!(whole.header("last-modified").unwrap().ends_with(" GMT"));
    let etag = whole.header("etag").unwrap().to_owned();

    for (range, content_range, text) in [
        ("bytes=0-3", "bytes 0-3/10", "0123"),
        ("bytes=8-", "bytes 8-9/10", "89"),
        ("bytes=-2", "bytes 8-9/10", "89"),
        ("bytes=5-500", "bytes 5-9/10", "56789"),
    ] {
        let part = read_with(&ada, "a.txt", &[("range", range)]).await;
        assert_eq!((part.status.as_u16(), part.text()), (206, text), "{range}");
        assert_eq!(part.header("content-range"), Some(content_range));
    }
    for ignored in ["bytes=0-1,3-4", "lines=1-2", "bytes=5-2"] {
        assert_eq!(read_with(&ada, "a.txt", &[("range", ignored)]).await.status, 200);
    }
    let depends = [("range", "bytes=0-3"), ("if-range", "\"another\"")];
    assert_eq!(read_with(&ada, "a.txt", &depends).await.status, 200);
    read_with(&ada, "a.txt", &[("range", "bytes=10-")])
        .await
        .error(416);

    let same = read_with(&ada, "a.txt", &[("if-none-match", &etag)]).await;
    assert_eq!((same.status.as_u16(), same.body.len()), (304, 0));
    assert_eq!(
        read_with(&ada, "a.txt", &[("if-none-match", "\"x\"")])
            .await
            .status,
        200
    );
    read_with(&ada, "none", &[]).await.error(404);

    let head = Request::head(format!("/api/s3/object?key={}", ada.query_key("a.txt")))
        .header("authorization", format!("Bearer {}", ada.tokens.access_token))
        .body(axum::body::Body::empty())
        .unwrap();
    let head = ada.send(head).await;
    assert_eq!(
        (
            head.status.as_u16(),
            head.header("content-length"),
            head.body.len()
        ),
        (200, Some("10"), 0)
    );
}

#[tokio::test]
async fn security_28_stored_pages_are_never_handed_out_as_pages() {
    const CANARY: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for (name, stored) in [
        ("a.html", "text/html"),
        ("a.svg", "image/svg+xml"),
        ("a.xml", "application/xml"),
        ("a.xhtml", "application/xhtml+xml"),
        ("html named.pdf", "text/html"),
    ] {
        let key = ada.upload(name, stored, CANARY).await;
        for (disposition, content_type, start) in [
            ("preview", "text/plain; charset=utf-8", "inline; "),
            ("attachment", "application/octet-stream", "attachment; "),
        ] {
            let link = link(&ada, json!({"key": key, "disposition": disposition})).await;
            let read = reqwest::get(&link.url).await.unwrap();
            assert_eq!(read.headers()["content-type"], content_type, "{name}");
            let got = read.headers()["content-disposition"].to_str().unwrap();
            assert!(got.starts_with(start), "{name}: {got}");
            assert_eq!(read.bytes().await.unwrap(), CANARY);
        }
        let read = read_with(&ada, name, &[]).await;
        assert_eq!(read.header("content-type"), Some("application/octet-stream"));
        assert!(
            read.header("content-disposition")
                .unwrap()
                .starts_with("attachment")
        );
    }
    let key = ada.upload("a.png", "image/png", b"x").await;
    let link = link(&ada, json!({"key": key, "disposition": "preview"})).await;
    let read = reqwest::get(&link.url).await.unwrap();
    assert_eq!(read.headers()["content-type"], "image/png");
}

#[tokio::test]
async fn security_30_names_reach_the_header_encoded() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada
        .upload("d/\u{202e}n\u{e4}me \"1\".txt", "text/plain", b"x")
        .await;
    let expected = "attachment; filename=\"_n_me _1_.txt\"; filename*=UTF-8''_n%C3%A4me%20%221%22.txt";
    let link = link(&ada, json!({"key": key})).await;
    let read = reqwest::get(&link.url).await.unwrap();
    assert_eq!(read.headers()["content-disposition"], expected);
    let read = read_with(&ada, "d/\u{202e}n\u{e4}me \"1\".txt", &[]).await;
    assert_eq!(read.header("content-disposition"), Some(expected));
}

#[tokio::test]
async fn security_24_a_download_url_does_one_thing_only() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a.txt", "text/plain", b"secret").await;
    ada.upload("b.txt", "text/plain", b"other").await;
    let link = link(&ada, json!({"key": key, "expires_in": 60})).await;
    assert_eq!(link.expires_in, 60);
    assert!(link.url.contains("X-Amz-Expires=60&"), "{}", link.url);

    let client = reqwest::Client::new();
    let status = async |method: Method, url: &str| {
        let answer = client.request(method, url).body("x").send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(status(Method::GET, &link.url).await, 200);
    for (what, method, url) in [
        ("method", Method::PUT, link.url.clone()),
        ("method", Method::DELETE, link.url.clone()),
        ("key", Method::GET, link.url.replace("a.txt", "b.txt")),
        (
            "expiry",
            Method::GET,
            link.url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        ),
        (
            "type",
            Method::GET,
            link.url
                .replace("response-content-type=", "response-content-type=x"),
        ),
        (
            "disposition",
            Method::GET,
            link.url.replace("attachment", "inline"),
        ),
        ("version", Method::GET, format!("{}&versionId=x", link.url)),
        (
            "unsigned",
            Method::GET,
            link.url.split('?').next().unwrap().to_owned(),
        ),
    ] {
        assert_eq!(status(method, &url).await, 403, "{what}: {url}");
    }
    for seconds in [0, 43_201] {
        let body = json!({"key": key, "expires_in": seconds});
        let error = ada.post("/api/s3/download", body).await.error(400);
        assert!(error.fields.contains_key("expires_in"));
    }
    ada.post("/api/s3/download", json!({"key": ada.key("none")}))
        .await
        .error(404);
}
