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
    let beyond = read_with(&ada, "a.txt", &[("range", "bytes=10-")]).await;
    assert_eq!(beyond.header("content-range"), Some("bytes */10"));
    beyond.error(416);
    read_with(&ada, "none", &[]).await.error(404);

    let head = Request::head(format!("/api/s3/object?key={}", ada.query_key("a.txt")))
        .header("authorization", format!("Bearer {}", ada.tokens.access_token))
        .header("range", "bytes=0-3")
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
async fn conditions_are_judged_here_and_never_passed_on() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a.txt", "text/plain", b"0123456789").await;
    let whole = read_with(&ada, "a.txt", &[]).await;
    let tag = whole.header("etag").unwrap();
    let date = whole.header("last-modified").unwrap();
    let (listed, weak) = (format!("\"x\", {tag}"), format!("W/{tag}"));
    for (headers, status) in [
        (vec![("if-none-match", tag)], 304),
        (vec![("if-none-match", &listed)], 304),
        (vec![("if-none-match", &weak)], 304),
        (vec![("if-none-match", "*")], 304),
        (vec![("if-none-match", "\"x\"")], 200),
        (vec![("if-none-match", "\"x\",")], 200),
        (vec![("if-none-match", "a\"b")], 200),
        (vec![("if-modified-since", date)], 304),
        (vec![("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT")], 200),
        (vec![("if-modified-since", "nonsense")], 200),
        (vec![("if-match", tag)], 200),
        (vec![("if-match", &listed)], 200),
        (vec![("if-match", "*")], 200),
        (vec![("if-match", &weak)], 412),
        (vec![("if-match", "\"x\"")], 412),
        (vec![("if-unmodified-since", date)], 200),
        (
            vec![("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT")],
            412,
        ),
        (vec![("range", "bytes=0-3"), ("if-range", tag)], 206),
        (vec![("range", "bytes=0-3"), ("if-range", date)], 206),
        (vec![("range", "bytes=0-3"), ("if-range", "\"x\"")], 200),
        (vec![("range", "bytes=0-3"), ("if-range", &weak)], 200),
        (vec![("range", "bytes=0-3"), ("if-none-match", tag)], 304),
    ] {
        let answer = read_with(&ada, "a.txt", &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}: {}", answer.text());
        match status {
            304 => {
                assert_eq!(
                    (answer.header("etag"), answer.body.len()),
                    (Some(tag), 0),
                    "{headers:?}"
                );
            }
            412 => assert_eq!(
                answer.error(412).code,
                app::contract::ErrorCode::PreconditionFailed
            ),
            206 => assert_eq!(answer.text(), "0123"),
            _ => assert_eq!(answer.text(), "0123456789"),
        }
    }
    read_with(&ada, "none", &[("if-none-match", "*")])
        .await
        .error(404);
}

#[tokio::test]
async fn stored_headers_come_along() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let expires = "Thu, 01 Dec 2044 16:00:00 GMT";
    app.storage()
        .sdk()
        .put_object()
        .bucket("forepeak")
        .key(ada.key("a.txt"))
        .content_type("text/plain")
        .content_encoding("gzip")
        .content_language("de")
        .content_disposition("inline; filename=\"evil.html\"")
        .cache_control("public, max-age=60")
        .customize()
        .mutate_request(move |request| {
            request.headers_mut().insert("expires", expires);
        })
        .send()
        .await
        .unwrap();
    for headers in [&[][..], &[("if-none-match", "\"x\"")], &[("if-none-match", "*")]] {
        let read = read_with(&ada, "a.txt", headers).await;
        assert_eq!(read.header("cache-control"), Some("private, max-age=60"));
        assert_eq!(read.header("expires"), Some(expires));
        assert_eq!(read.header("vary"), Some("Authorization, Cookie, X-API-Key"));
        if read.status == 304 {
            continue;
        }
        assert_eq!(read.header("content-encoding"), Some("gzip"));
        assert_eq!(read.header("content-language"), Some("de"));
        // These are ours to say.
        assert_eq!(read.header("content-type"), Some("text/plain"));
        let shown = read.header("content-disposition");
        assert_eq!(shown, Some("attachment; filename=\"a.txt\""));
    }
    let path = format!("/api/s3/object/metadata?key={}", ada.query_key("a.txt"));
    let metadata: Value = ada.get(&path).await.ok();
    for (name, stored) in [
        ("content_encoding", "gzip"),
        ("content_language", "de"),
        ("content_disposition", "inline; filename=\"evil.html\""),
        ("cache_control", "public, max-age=60"),
        ("expires", expires),
    ] {
        assert_eq!(metadata[name], stored, "{name}");
    }
    // What nobody stored is not there.
    ada.upload("b.txt", "text/plain", b"x").await;
    let path = format!("/api/s3/object/metadata?key={}", ada.query_key("b.txt"));
    let metadata: Value = ada.get(&path).await.ok();
    assert_eq!(metadata.get("content_encoding"), None);
}

#[tokio::test]
async fn a_version_without_a_name_is_none() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a.txt", "text/plain", b"x").await;
    let before = app.inventory().await;
    let named = json!({"key": key, "version_id": ""});
    let query = format!("key={}&version_id=", ada.query_key("a.txt"));
    for answer in [
        ada.delete_json("/api/s3/object", named.clone()).await,
        ada.post("/api/s3/download", named).await,
        ada.get(&format!("/api/s3/object?{query}")).await,
        ada.get(&format!("/api/s3/object/metadata?{query}")).await,
    ] {
        assert!(answer.error(400).fields.contains_key("version_id"));
    }
    assert_eq!(app.inventory().await, before);
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
