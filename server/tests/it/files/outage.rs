use app::contract::ErrorCode;
use serde_json::json;

use crate::support::{Answer, Form, TestApp, User};

async fn calls(user: &User) -> Vec<(&'static str, Answer)> {
    let key = user.key("a");
    let query = user.query_key("a");
    let form = Form::new().file("f", "text/plain", b"x").text("key", &key);
    let plan = json!({"files": [{"key": key, "size": 1}], "on_conflict": "report"});
    vec![
        ("list", user.get("/api/s3/objects").await),
        ("search", user.get("/api/s3/search?query=a").await),
        (
            "metadata",
            user.get(&format!("/api/s3/object/metadata?key={query}")).await,
        ),
        (
            "versions",
            user.get(&format!("/api/s3/object/versions?key={query}")).await,
        ),
        ("object", user.get(&format!("/api/s3/object?key={query}")).await),
        (
            "archive of a file",
            user.get(&format!("/api/s3/archive?keys={query}")).await,
        ),
        (
            "archive of a folder",
            user.get(&format!("/api/s3/archive?prefix={query}")).await,
        ),
        (
            "entries",
            user.get(&format!("/api/s3/archive/entries?key={query}")).await,
        ),
        (
            "entry",
            user.get(&format!("/api/s3/archive/entry?name=a&key={query}"))
                .await,
        ),
        (
            "download",
            user.post("/api/s3/download", json!({"key": key})).await,
        ),
        (
            "folder",
            user.post("/api/s3/folder", json!({"prefix": key})).await,
        ),
        ("upload", user.post_form("/api/s3/upload", form).await),
        (
            "delete",
            user.delete_json("/api/s3/object", json!({"key": key})).await,
        ),
        (
            "delete many",
            user.delete_json("/api/s3/objects", json!({"keys": [key]})).await,
        ),
        (
            "undelete",
            user.post(
                "/api/s3/objects/undelete",
                json!({"markers": [{"key": key, "version_id": "x"}]}),
            )
            .await,
        ),
        ("plan", user.post("/api/s3/uploads", plan).await),
        (
            "initiate",
            user.post("/api/s3/multipart/initiate", json!({"key": key})).await,
        ),
    ]
}

fn all_unavailable(calls: &[(&str, Answer)]) {
    for (what, answer) in calls {
        assert_eq!(answer.status, 503, "{what}: {}", answer.text());
        let error = answer.error(503);
        assert_eq!(error.code, ErrorCode::StorageUnavailable, "{what}");
        assert!(answer.header("retry-after").is_some(), "{what}");
        // Storage's own words stay inside.
        assert!(
            !answer.text().contains("127.0.0.1") && !answer.text().contains("Connect"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn security_40_storage_that_is_down_is_no_empty_folder() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    all_unavailable(&calls(&ada).await);
}

#[tokio::test]
async fn security_40_nor_is_a_bucket_that_is_gone() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    app.storage()
        .sdk()
        .delete_bucket()
        .bucket("forepeak")
        .send()
        .await
        .unwrap();
    // To HEAD storage answers 404 without a word: whether key or bucket is missing cannot be told.
    let by_head = ["metadata", "download", "delete", "plan", "archive of a file"];
    let mut calls = calls(&ada).await;
    calls.retain(|(what, _)| !by_head.contains(what));
    all_unavailable(&calls);
}
