//! A presigned PUT is good for what was there when it was planned: once, and for nothing beside it.

use serde_json::{Value, json};

use super::{put, read};
use crate::support::{Form, Rewriting, TestApp, User};

/// The plan of one small file that is written over.
async fn planned(user: &User, path: &str) -> Value {
    let body = json!({"files": [{"key": user.key(path), "size": 1, "content_type": "text/plain"}]});
    let planned: Value = user.post("/api/s3/uploads", body).await.ok();
    planned["uploads"][0].clone()
}

async fn versions(user: &User, path: &str) -> usize {
    let path = format!("/api/s3/object/versions?key={}", user.query_key(path));
    user.get(&path).await.ok::<Value>().as_array().unwrap().len()
}

#[tokio::test]
async fn security_24_a_presigned_overwrite_is_good_once() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let first = planned(&ada, "a").await;
    assert_eq!(first.get("replaces"), None);
    let rival = planned(&ada, "a").await;
    assert_eq!(put(&first, b"1".into()).await.status(), 200);
    for overtaken in [&first, &rival] {
        assert_eq!(put(overtaken, b"2".into()).await.status(), 412);
    }

    let second = planned(&ada, "a").await;
    let rival = planned(&ada, "a").await;
    assert_eq!(second["replaces"]["size"], 1);
    assert_eq!(put(&second, b"2".into()).await.status(), 200);
    for overtaken in [&second, &rival, &first] {
        assert_eq!(put(overtaken, b"3".into()).await.status(), 412);
    }
    assert_eq!(
        (read(&ada, "a").await, versions(&ada, "a").await),
        (b"2".to_vec(), 2)
    );

    // Nor is it good once the object that it was to replace is gone.
    let third = planned(&ada, "a").await;
    ada.delete_json("/api/s3/object", json!({"key": ada.key("a")}))
        .await
        .ok::<Value>();
    assert_eq!(put(&third, b"3".into()).await.status(), 404);
    // And the condition cannot be left out.
    let mut bare = planned(&ada, "b").await;
    bare["headers"]
        .as_object_mut()
        .unwrap()
        .remove("if-none-match")
        .unwrap();
    assert_eq!(put(&bare, b"3".into()).await.status(), 403);
    // Looking at what storage can do has left nothing behind.
    let inventory = app.inventory().await;
    assert!(
        inventory.iter().all(|line| line.starts_with(&ada.key("a"))),
        "{inventory:?}"
    );
}

#[tokio::test]
async fn security_24_nothing_is_added_to_what_a_url_stores() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for (name, value) in [
        ("cache-control", "public, max-age=31536000"),
        ("content-disposition", "inline"),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("expires", "Thu, 01 Dec 2044 16:00:00 GMT"),
        ("x-amz-meta-a", "b"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-storage-class", "GLACIER"),
        ("x-amz-copy-source", "forepeak/x"),
        ("content-type", "text/html"),
    ] {
        let mut planned = planned(&ada, "a").await;
        planned["headers"][name] = json!(value);
        assert_eq!(put(&planned, b"1".into()).await.status(), 403, "{name}");
    }
    assert!(app.inventory().await.is_empty());
}

#[tokio::test]
async fn storage_that_knows_no_conditions_is_asked_for_none() {
    let proxy = Rewriting::start().await;
    proxy.refuse_conditions();
    let app = proxy.app().await;
    let ada = app.user("ada").await;

    let first = planned(&ada, "a").await;
    for content in ["1", "2"] {
        assert_eq!(put(&first, content.into()).await.status(), 200);
    }
    let files = json!([{"key": ada.key("a"), "size": 1}, {"key": ada.key("b"), "size": 1}]);
    let report = json!({"files": files, "on_conflict": "report"});
    let planned: Value = ada.post("/api/s3/uploads", report).await.ok();
    assert_eq!(planned["uploads"][0]["method"], "conflict");
    assert_eq!(put(&planned["uploads"][1], b"1".into()).await.status(), 200);

    for _ in 0..2 {
        let folder = json!({"prefix": ada.key("folder")});
        ada.post("/api/s3/folder", folder).await.ok::<Value>();
    }
    assert_eq!(versions(&ada, "folder/").await, 1);
    // Forepeak itself checks a condition of the caller's own.
    replace(&ada, "a", "nonsense").await.error(412);
    let tag = ada
        .get(&format!("/api/s3/object?key={}", ada.query_key("a")))
        .await;
    replace(&ada, "a", tag.header("etag").unwrap())
        .await
        .ok::<Value>();
}

async fn replace(user: &User, path: &str, if_match: &str) -> crate::support::Answer {
    let form = Form::new()
        .file("f", "text/plain", b"new")
        .text("key", &user.key(path))
        .text("if_match", if_match);
    user.post_form("/api/s3/upload", form).await
}

#[tokio::test]
async fn a_form_replaces_the_object_that_it_names() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a", "text/plain", b"old").await;
    let path = format!("/api/s3/object/metadata?key={}", ada.query_key("a"));
    let old: Value = ada.get(&path).await.ok();
    let etag = old["etag"].as_str().unwrap();
    let done: Value = replace(&ada, "a", etag).await.ok();
    assert_ne!(done["etag"], etag);
    for (path, etag) in [("a", etag), ("a", "x"), ("none", etag)] {
        let error = replace(&ada, path, etag).await.error(412);
        assert_eq!(error.code, app::contract::ErrorCode::PreconditionFailed);
    }
    for nonsense in ["", "*", "\"a\", \"b\"", "W/\"a\""] {
        let answer = replace(&ada, "a", nonsense).await;
        if nonsense == "*" {
            answer.error(412);
        } else {
            assert!(answer.error(400).fields.contains_key("if_match"), "{nonsense}");
        }
    }
    let quoted = format!("\"{}\"", done["etag"].as_str().unwrap());
    replace(&ada, "a", &quoted).await.ok::<Value>();
    assert_eq!(versions(&ada, "a").await, 3);
}

#[tokio::test]
async fn a_declared_type_that_is_none_is_not_stored() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for kind in ["text", "text/plain; x=\u{e4}", ""] {
        let key = ada.upload("a.png", kind, b"x").await;
        let path = format!("/api/s3/object/metadata?key={key}");
        let stored: Value = ada.get(&path).await.ok();
        assert_eq!(stored["content_type"], "image/png", "{kind}");
    }
    let long = format!("text/{}", "x".repeat(300));
    let form = Form::new().file("f", &long, b"x").text("key", &ada.key("b"));
    let error = ada.post_form("/api/s3/upload", form).await.error(400);
    assert!(error.fields.contains_key("file"), "{error:?}");
}
