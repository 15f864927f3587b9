//! What is in an archive, what it is called, and what is refused.

use app::contract::ErrorCode;
use http::Request;
use serde_json::{Value, json};

use super::{by_python, download, folder, names, on_disk};
use crate::support::{TestApp, User};

async fn upload_all(user: &User, paths: &[&str]) {
    for path in paths {
        user.upload(path, "text/plain", path.as_bytes()).await;
    }
}

async fn listed(user: &User, path: &str) -> Vec<String> {
    let archive = on_disk(&download(user, path).await);
    let found = by_python(archive.path());
    names(&found).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn names_are_relative_to_the_folder_or_to_what_a_selection_has_in_common() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    upload_all(&ada, &["a/b/1", "a/b/2", "a/c/3", "a/4", "ab/5", "6"]).await;
    let keys = |paths: &[&str]| {
        let keys = paths.iter().map(|path| format!("keys={}", ada.query_key(path)));
        format!("/api/s3/archive?{}", keys.collect::<Vec<_>>().join("&"))
    };
    for (path, expected, title) in [
        (folder(&ada, "a/"), &["4", "b/1", "b/2", "c/3"][..], "a.zip"),
        (folder(&ada, "a/b/"), &["1", "2"], "b.zip"),
        (
            folder(&ada, ""),
            &["6", "a/4", "a/b/1", "a/b/2", "a/c/3", "ab/5"],
            "files.zip",
        ),
        // A prefix is of characters, not of folders.
        (
            folder(&ada, "a"),
            &["a/4", "a/b/1", "a/b/2", "a/c/3", "ab/5"],
            "files.zip",
        ),
        (keys(&["a/b/2", "a/b/1"]), &["1", "2"], "b.zip"),
        (keys(&["a/b/1", "a/c/3"]), &["b/1", "c/3"], "a.zip"),
        (keys(&["a/4", "6", "6"]), &["6", "a/4"], "files.zip"),
    ] {
        assert_eq!(listed(&ada, &path).await, expected, "{path}");
        let answer = ada.get(&path).await;
        let disposition = format!("attachment; filename=\"{title}\"");
        assert_eq!(answer.header("content-disposition"), Some(disposition.as_str()));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let request = json!({
        "prefixes": [ada.key("a/"), ada.key("ab/"), ada.key("a/b/")],
        "keys": [ada.key("6"), ada.key("a/4")],
        "except": [ada.key("a/b/1"), ada.key("a/c/")],
    });
    let link: Value = ada.post("/api/s3/archive", request).await.ok();
    let url = link["url"].as_str().unwrap();
    assert_eq!(listed(&ada, url).await, ["6", "a/4", "a/b/2", "ab/5"]);
}

#[tokio::test]
async fn security_30_an_archive_is_called_like_its_folder_by_rfc_6266() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for (path, disposition) in [
        (
            "\u{e9}t\u{e9} \"1\"/",
            "attachment; filename=\"_t_ _1_.zip\"; filename*=UTF-8''%C3%A9t%C3%A9%20%221%22.zip",
        ),
        ("\u{202e}piz/", "attachment; filename=\"_piz.zip\""),
        ("..\\x/", "attachment; filename=\".._x.zip\""),
    ] {
        upload_all(&ada, &[&format!("{path}a")]).await;
        let answer = ada.get(&folder(&ada, path)).await;
        assert_eq!(answer.header("content-disposition"), Some(disposition));
    }
}

#[tokio::test]
async fn an_empty_folder_is_an_empty_archive_and_nothing_at_all_is_not_found() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    assert_eq!(listed(&ada, &folder(&ada, "")).await, [""; 0]);
    ada.post("/api/s3/folder", json!({"prefix": ada.key("empty/")}))
        .await
        .ok::<Value>();
    assert_eq!(download(&ada, &folder(&ada, "empty/")).await.len(), 22);
    assert_eq!(listed(&ada, &folder(&ada, "")).await, ["empty/"]);
    for path in ["none/", "none"] {
        let error = ada.get(&folder(&ada, path)).await.error(404);
        assert_eq!(error.code, ErrorCode::ResourceNotFound);
        assert!(error.detail.contains(&ada.key(path)), "{}", error.detail);
    }
    ada.upload("a", "text/plain", b"a").await;
    let keys = format!("keys={}&keys={}", ada.query_key("a"), ada.query_key("gone"));
    let error = ada.get(&format!("/api/s3/archive?{keys}")).await.error(404);
    assert!(error.detail.contains(&ada.key("gone")), "{}", error.detail);
    ada.delete_json("/api/s3/object", json!({"key": ada.key("a")}))
        .await
        .ok::<Value>();
    ada.get(&format!("/api/s3/archive?keys={}", ada.query_key("a")))
        .await
        .error(404);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.query_key("a");
    for (query, field) in [
        (String::new(), "prefix"),
        (format!("prefix={key}&keys={key}"), "prefix"),
        (format!("prefix={key}&prefix={key}"), "prefix"),
        (format!("prefix={key}&bucket=A"), "bucket"),
        (format!("keys={key}&recursive=true"), "recursive"),
        (format!("keys={}", ada.query_key("a/../b")), "keys"),
        (format!("selection=x&keys={key}"), "selection"),
    ] {
        let error = ada.get(&format!("/api/s3/archive?{query}")).await.error(400);
        let fields: Vec<_> = error.fields.keys().collect();
        assert_eq!(fields, [field], "{query}: {}", error.detail);
    }
    ada.get(&format!("/api/s3/archive?keys={key}&bucket=another"))
        .await
        .error(404);
    let many = vec![ada.key("a"); 1001];
    for (body, field) in [
        (json!({"keys": many}), "keys"),
        (json!({"prefixes": many}), "prefixes"),
        (json!({"keys": [ada.key("a")], "except": many}), "except"),
        (json!({}), "keys"),
        (json!({"except": [ada.key("a")]}), "keys"),
        (json!({"keys": [ada.key("a")], "folder": "x"}), "folder"),
    ] {
        let error = ada.post("/api/s3/archive", body).await.error(400);
        assert!(error.fields.contains_key(field), "{field}: {}", error.detail);
    }
}

#[tokio::test]
async fn head_tells_the_length_and_reads_nothing() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    upload_all(&ada, &["a/1", "a/2"]).await;
    let whole = download(&ada, &folder(&ada, "a/")).await;
    let head = Request::head(folder(&ada, "a/"))
        .header("authorization", format!("Bearer {}", ada.tokens.access_token))
        .body(axum::body::Body::empty())
        .unwrap();
    let head = ada.send(head).await;
    let length = whole.len().to_string();
    assert_eq!(
        (head.status.as_u16(), head.header("content-length")),
        (200, Some(length.as_str()))
    );
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn eight_at_once_are_one_persons_and_leave_room_for_others() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    upload_all(&ada, &["a"]).await;
    upload_all(&bob, &["a"]).await;
    let mut under_way = Vec::new();
    for _ in 0..8 {
        under_way.push(ada.open(&folder(&ada, "")).await);
    }
    assert_eq!(
        ada.get(&folder(&ada, "")).await.error(409).code,
        ErrorCode::Conflict
    );
    download(&bob, &folder(&bob, "")).await;
    // Read to its end or given up: either makes room.
    under_way.pop();
    download(&ada, &folder(&ada, "")).await;
    download(&ada, &folder(&ada, "")).await;
}

#[tokio::test]
async fn an_api_key_packs_no_more_than_its_folder() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    upload_all(&ada, &["shared/1", "private/2"]).await;
    let made: Value = ada
        .post(
            "/api/auth/api-keys",
            json!({"name": "reader", "scopes": ["read"], "prefix": ada.key("shared/")}),
        )
        .await
        .ok();
    let script = app.anonymous().with("x-api-key", made["key"].as_str().unwrap());
    let whole = download(&script, &folder(&ada, "shared/")).await;
    assert_eq!(names(&by_python(on_disk(&whole).path())), ["1"]);
    for path in ["private/", ""] {
        script.get(&folder(&ada, path)).await.error(403);
    }
    // Chosen by the owner, fetched by the key: the key reaches what it reaches.
    let link: Value = ada
        .post("/api/s3/archive", json!({"prefixes": [ada.key("private/")]}))
        .await
        .ok();
    script.get(link["url"].as_str().unwrap()).await.error(403);
}
