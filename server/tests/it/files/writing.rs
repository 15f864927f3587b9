use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use app::features::{files::types::ObjectMetadata, uploads::types::UploadedResponse};
use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{Answer, Form, TestApp, User};

const LIMIT: usize = 100_000;

async fn limited() -> TestApp {
    let limit = LIMIT.to_string();
    TestApp::builder()
        .storage()
        .var("MAX_DIRECT_UPLOAD_BYTES", &limit)
        .build()
        .await
}

/// Sends the form in pieces, without a declared length.
async fn chunked(user: &User, bytes: Vec<u8>) -> Answer {
    let pieces: Vec<_> = bytes
        .chunks(8_192)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
        .collect();
    user.request(
        Method::POST,
        "/api/s3/upload",
        Body::from_stream(stream::iter(pieces)),
        Some(&Form::content_type()),
    )
    .await
}

fn spooled(app: &TestApp) -> usize {
    std::fs::read_dir(app.data().join("spool")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn the_key_may_stand_before_or_after_the_file() {
    let app = limited().await;
    let ada = app.user("ada").await;
    let bytes: Vec<u8> = (0..=252).cycle().take(LIMIT).collect();
    for (path, form) in [
        (
            "after",
            Form::new()
                .file("f", "text/plain", &bytes)
                .text("key", &ada.key("after")),
        ),
        (
            "before",
            Form::new()
                .text("key", &ada.key("before"))
                .file("f", "text/plain", &bytes),
        ),
    ] {
        let uploaded: UploadedResponse = chunked(&ada, form.bytes()).await.ok();
        assert_eq!(uploaded.key, ada.key(path));
        assert!(uploaded.version_id.is_some());
        let read = ada
            .get(&format!("/api/s3/object?key={}", ada.query_key(path)))
            .await;
        assert_eq!(read.body, bytes);
        assert_eq!(read.header("etag").unwrap(), format!("\"{}\"", uploaded.etag));
    }
    assert_eq!(spooled(&app), 0);
}

#[tokio::test]
async fn the_type_is_the_clients_or_told_by_the_name() {
    let app = limited().await;
    let ada = app.user("ada").await;
    for (name, declared, stored) in [
        ("a.bin", "image/png", "image/png"),
        ("a.png", "application/octet-stream", "image/png"),
        ("a", "application/octet-stream", "application/octet-stream"),
    ] {
        ada.upload(name, declared, b"x").await;
        let path = format!("/api/s3/object/metadata?key={}", ada.query_key(name));
        assert_eq!(ada.get(&path).await.ok::<ObjectMetadata>().content_type, stored);
    }
    ada.upload("empty", "text/plain", b"").await;
}

#[tokio::test]
async fn security_31_too_much_is_refused_however_it_comes_and_nothing_stays() {
    let app = limited().await;
    let ada = app.user("ada").await;
    let too_much = vec![7; LIMIT + 1];
    let form = || {
        Form::new()
            .file("f", "text/plain", &too_much)
            .text("key", &ada.key("big"))
    };

    let error = chunked(&ada, form().bytes()).await.error(413);
    assert_eq!(error.code, app::contract::ErrorCode::PayloadTooLarge);

    // A declared length is believed; to a client that waits for leave, before a byte is read: this body would panic.
    let request = Request::post("/api/s3/upload")
        .header("authorization", format!("Bearer {}", ada.tokens.access_token))
        .header("content-type", Form::content_type())
        .header("content-length", 10 * LIMIT)
        .header("expect", "100-continue")
        .body(Body::from_stream(stream::poll_fn(
            |_| -> std::task::Poll<Option<Result<Bytes, std::io::Error>>> { panic!("the body was read") },
        )))
        .unwrap();
    ada.send(request).await.error(413);
    let declared = ada
        .client
        .clone()
        .with("content-length", form().bytes().len().to_string())
        .post_form("/api/s3/upload", form())
        .await;
    declared.error(413);
    assert!(app.inventory().await.is_empty());
    assert_eq!(spooled(&app), 0);
}

#[tokio::test]
async fn a_form_that_breaks_off_leaves_nothing() {
    let app = limited().await;
    let ada = app.user("ada").await;
    let whole = Form::new()
        .text("key", &ada.key("a"))
        .file("f", "text/plain", &[1; 50_000])
        .bytes();
    for length in [0, 10, 200, 30_000, whole.len() - 4] {
        chunked(&ada, whole[..length].to_vec()).await.error(400);
    }
    assert!(app.inventory().await.is_empty());
    assert_eq!(spooled(&app), 0);
}

#[tokio::test]
async fn a_form_that_lacks_or_doubles_something_is_refused_by_name() {
    let app = limited().await;
    let ada = app.user("ada").await;
    let key = ada.key("a");
    let file = || Form::new().file("f", "text/plain", b"x");
    for (form, field) in [
        (file(), "key"),
        (Form::new().text("key", &key), "file"),
        (file().text("key", &key).text("key", &key), "key"),
        (file().file("g", "text/plain", b"y").text("key", &key), "file"),
        (file().text("key", &key).text("acl", "public-read"), "acl"),
        (file().text("key", &ada.key("folder/")), "key"),
        (file().text("key", &ada.key("a/../b")), "key"),
        (file().text("key", &key).text("bucket", "UPPER"), "bucket"),
        (file().text("key", &"x".repeat(5_000)), "key"),
    ] {
        let error = ada.post_form("/api/s3/upload", form).await.error(400);
        assert!(error.fields.contains_key(field), "{field}: {error:?}");
    }
    let error = ada
        .post_form("/api/s3/upload", file().text("key", "users/x/y"))
        .await
        .error(403);
    assert_eq!(error.code, app::contract::ErrorCode::PermissionDenied);
    ada.post_form(
        "/api/s3/upload",
        file().text("key", &key).text("bucket", "elsewhere"),
    )
    .await
    .error(404);
    ada.post("/api/s3/upload", json!({"key": key})).await.error(400);
    assert!(app.inventory().await.is_empty());
}

#[tokio::test]
async fn making_a_folder_twice_changes_nothing() {
    let app = limited().await;
    let ada = app.user("ada").await;
    for prefix in ["new", "new/", "new"] {
        ada.post("/api/s3/folder", json!({"prefix": ada.key(prefix)}))
            .await
            .ok::<Value>();
    }
    assert_eq!(app.inventory().await.len(), 1);
    for (prefix, status) in [
        (ada.key(""), 400),
        (ada.key("a//../"), 400),
        ("users/".to_owned(), 403),
    ] {
        ada.post("/api/s3/folder", json!({"prefix": prefix}))
            .await
            .error(status);
    }
}

/// Bytes of memory that this process holds now.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

#[tokio::test]
async fn security_31_fifty_uploads_at_once_do_not_fill_the_memory() {
    const EACH: usize = 8 * 1024 * 1024;
    const CHUNK: &[u8] = &[7; 64 * 1024];
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("warm", "text/plain", CHUNK).await;
    let before = resident();
    let peak = AtomicUsize::new(before);
    let upload = async |n: usize| {
        let form = Form::new()
            .text("key", &ada.key(&format!("{n}")))
            .file("f", "text/plain", b"x")
            .bytes();
        // The form with its file's bytes put in, none of which exist more than once.
        let at = form.windows(4).rposition(|window| window == b"\r\n\r\n").unwrap() + 4;
        let (head, tail) = (
            Bytes::copy_from_slice(&form[..at]),
            Bytes::copy_from_slice(&form[at..]),
        );
        let file = stream::iter(std::iter::repeat_n(Bytes::from_static(CHUNK), EACH / CHUNK.len()));
        let pieces = stream::once(async { head })
            .chain(file)
            .chain(stream::once(async { tail }));
        let body = Body::from_stream(pieces.map(Ok::<_, std::io::Error>));
        let answer = ada
            .request(Method::POST, "/api/s3/upload", body, Some(&Form::content_type()))
            .await;
        peak.fetch_max(resident(), Ordering::Relaxed);
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    futures::future::join_all((0..50).map(upload)).await;
    let grown = peak.into_inner() - before;
    // Held in memory they would be 400 MiB, and more than that again on their way to storage.
    assert!(grown < 128 * 1024 * 1024, "grew by {} MiB", grown >> 20);
    eprintln!("50 uploads of 8 MiB at once: {} MiB more", grown >> 20);
}

#[tokio::test]
async fn security_31_a_field_whose_head_never_ends_is_refused_soon() {
    let app = limited().await;
    let ada = app.user("ada").await;
    let mut head = Form::new().bytes();
    head.truncate(head.len() - "--\r\n".len());
    head.extend_from_slice(b"\r\nContent-Disposition: form-data; name=\"");
    let sent = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&sent);
    let body = stream::iter([Bytes::from(head)])
        .chain(stream::repeat(Bytes::from_static(&[b'a'; 64 * 1024])))
        .map(move |piece| {
            counting.fetch_add(piece.len(), Ordering::Relaxed);
            Ok::<_, std::io::Error>(piece)
        });
    let request = Request::post("/api/s3/upload")
        .header("authorization", format!("Bearer {}", ada.tokens.access_token))
        .header("content-type", Form::content_type())
        .body(Body::from_stream(body))
        .unwrap();
    ada.send(request).await.error(400);
    assert!(sent.load(Ordering::Relaxed) <= 2 * 1024 * 1024, "{sent:?}");
    assert_eq!(spooled(&app), 0);
}
