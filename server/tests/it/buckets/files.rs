//! All that works on files works in a bucket of one's own, by `bucket`.

use serde_json::{Value, json};

use super::{made, put};
use crate::support::{Answer, Form, TestApp, User, on_both_databases};

/// Every route that takes a bucket, about this key in it; `own` is a key of the caller's own home.
pub(super) async fn every_route(
    who: &User,
    bucket: &str,
    key: &str,
    own: &str,
) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    for (route, path) in [
        ("objects", format!("/api/s3/objects?bucket={bucket}")),
        ("search", format!("/api/s3/search?query=secret&bucket={bucket}")),
        ("object", format!("/api/s3/object?key={key}&bucket={bucket}")),
        (
            "metadata",
            format!("/api/s3/object/metadata?key={key}&bucket={bucket}"),
        ),
        ("tags", format!("/api/s3/object/tags?key={key}&bucket={bucket}")),
        (
            "versions",
            format!("/api/s3/object/versions?key={key}&bucket={bucket}"),
        ),
        ("space", format!("/api/s3/object/versions/space?bucket={bucket}")),
        ("usage", format!("/api/s3/usage?bucket={bucket}")),
        ("deleted", format!("/api/s3/deleted?bucket={bucket}")),
        (
            "history",
            format!("/api/s3/history?as_of=2024-01-01T00:00:00Z&bucket={bucket}"),
        ),
        (
            "changes",
            format!("/api/s3/history/changes?as_of=2024-01-01T00:00:00Z&bucket={bucket}"),
        ),
        ("archive", format!("/api/s3/archive?keys={key}&bucket={bucket}")),
        (
            "entries",
            format!("/api/s3/archive/entries?key={key}&bucket={bucket}"),
        ),
        (
            "entry",
            format!("/api/s3/archive/entry?key={key}&name=a&bucket={bucket}"),
        ),
        ("unfinished", format!("/api/s3/multipart?bucket={bucket}")),
        (
            "parts",
            format!("/api/s3/multipart/parts?key={key}&upload_id=x&bucket={bucket}"),
        ),
        ("items", format!("/api/buckets/{bucket}/items")),
        ("item", format!("/api/buckets/{bucket}/items/{key}")),
    ] {
        answers.push((route, who.get(&path).await));
    }
    for (route, path, body) in [
        ("download", "/api/s3/download", json!({"key": key})),
        ("folder", "/api/s3/folder", json!({"prefix": key})),
        (
            "uploads",
            "/api/s3/uploads",
            json!({"files": [{"key": key, "size": 1}]}),
        ),
        ("initiate", "/api/s3/multipart/initiate", json!({"key": key})),
        (
            "sign",
            "/api/s3/multipart/parts",
            json!({"key": key, "upload_id": "x", "parts": [{"part_number": 1, "size": 1}]}),
        ),
        (
            "complete",
            "/api/s3/multipart/complete",
            json!({"key": key, "upload_id": "x", "parts": [{"part_number": 1, "etag": "x"}]}),
        ),
        ("delete job", "/api/s3/delete", json!({"keys": [key]})),
        (
            "restore",
            "/api/s3/object/restore",
            json!({"prefix": "", "deleted_only": true}),
        ),
        (
            "undelete",
            "/api/s3/objects/undelete",
            json!({"markers": [{"key": key, "version_id": "x"}]}),
        ),
        ("archive url", "/api/s3/archive", json!({"keys": [key]})),
    ] {
        let mut body = body;
        body["bucket"] = json!(bucket);
        answers.push((route, who.post(path, body).await));
    }
    for (route, path, body) in [
        (
            "copy from",
            "/api/s3/copy",
            json!({"source": key, "destination": format!("{own}-copy"), "source_bucket": bucket}),
        ),
        (
            "copy to",
            "/api/s3/copy",
            json!({"source": own, "destination": key, "destination_bucket": bucket}),
        ),
        (
            "move from",
            "/api/s3/move",
            json!({"source": key, "destination": format!("{own}-copy"), "source_bucket": bucket}),
        ),
        (
            "move to",
            "/api/s3/move",
            json!({"source": own, "destination": key, "destination_bucket": bucket}),
        ),
    ] {
        answers.push((route, who.post(path, body).await));
    }
    let form = || Form::new().file("f", "text/plain", b"intruder").text("key", key);
    let part = form()
        .text("bucket", bucket)
        .text("upload_id", "x")
        .text("part_number", "1");
    answers.push((
        "upload",
        who.post_form("/api/s3/upload", form().text("bucket", bucket))
            .await,
    ));
    answers.push((
        "upload part",
        who.post_form("/api/s3/multipart/upload-part", part).await,
    ));
    answers.push((
        "upload item",
        who.post_form(&format!("/api/buckets/{bucket}/items"), form())
            .await,
    ));
    let named = json!({"key": key, "bucket": bucket});
    answers.push((
        "metadata",
        who.patch(
            "/api/s3/object/metadata",
            json!({"key": key, "bucket": bucket, "tags": {}}),
        )
        .await,
    ));
    answers.push(("delete", who.delete_json("/api/s3/object", named).await));
    answers.push((
        "delete many",
        who.delete_json("/api/s3/objects", json!({"keys": [key], "bucket": bucket}))
            .await,
    ));
    answers.push((
        "abort",
        who.delete_json(
            "/api/s3/multipart",
            json!({"key": key, "upload_id": "x", "bucket": bucket}),
        )
        .await,
    ));
    answers
}

fn keys(page: &Value) -> Vec<&str> {
    let objects = page["objects"].as_array().unwrap();
    objects
        .iter()
        .map(|object| object["key"].as_str().unwrap())
        .collect()
}

on_both_databases! {
    with storage;

    async fn keys_are_whole_keys_of_the_bucket(app) {
        let ada = app.user("ada").await;
        made(&ada, "adas").await;
        for key in ["a.txt", "folder/b.txt", "users/someone/c.txt"] {
            put(&ada, "adas", key, key.as_bytes()).await;
        }
        let page: Value = ada.get("/api/s3/objects?bucket=adas").await.ok();
        assert_eq!((keys(&page), &page["prefix"]), (vec!["a.txt", "folder/", "users/"], &json!("")));
        let page: Value = ada.get("/api/s3/objects?bucket=adas&prefix=folder/").await.ok();
        assert_eq!(keys(&page), ["folder/b.txt"]);
        let page: Value = ada.get("/api/buckets/adas/items?max_keys=2").await.ok();
        assert_eq!(keys(&page), ["a.txt", "folder/b.txt"]);
        let next = page["continuation_token"].as_str().unwrap();
        let page: Value = ada.get(&format!("/api/buckets/adas/items?continuation_token={next}")).await.ok();
        assert_eq!(keys(&page), ["users/someone/c.txt"]);
        let found: Value = ada.get("/api/s3/search?query=B&bucket=adas").await.ok();
        assert_eq!(found[0]["key"], "folder/b.txt");
        // And home stays as it was.
        let page: Value = ada.get("/api/s3/objects?recursive=true").await.ok();
        assert!(keys(&page).is_empty());
        let usage: Value = ada.get("/api/s3/usage?bucket=adas").await.ok();
        assert_eq!((&usage["objects"], &usage["bytes"]), (&json!(3), &json!(36)));
    }

    async fn a_folder_moves_from_home_to_a_bucket_and_back(app) {
        let ada = app.user("ada").await;
        made(&ada, "adas").await;
        for name in ["Photos/1.txt", "Photos/deep/2.txt"] {
            ada.upload(name, "text/plain", name.as_bytes()).await;
        }
        let request = json!({"source": ada.key("Photos/"), "destination": "Photos/", "destination_bucket": "adas"});
        let moved: Value = ada.post("/api/s3/move", request).await.json();
        app.run_jobs().await;
        let page: Value = ada.get("/api/buckets/adas/items").await.ok();
        assert_eq!(keys(&page), ["Photos/1.txt", "Photos/deep/2.txt"]);
        let job: Value = ada.get(&format!("/api/jobs/{}", moved["job_id"].as_str().unwrap())).await.ok();
        assert_eq!((&job["state"], &job["failures"]), (&json!("done"), &json!([])));
        // One object at once, the other way.
        let one = json!({"source": "Photos/1.txt", "destination": ada.key("1.txt"), "source_bucket": "adas"});
        assert_eq!(ada.post("/api/s3/copy", one).await.status, 200);
        assert_eq!(ada.get(&format!("/api/s3/object?key={}", ada.key("1.txt"))).await.text(), "Photos/1.txt");
        // And undone.
        let undo = ada.post(&format!("/api/jobs/{}/undo", moved["job_id"].as_str().unwrap()), json!({})).await;
        assert_eq!(undo.status, 202, "{}", undo.text());
        app.run_jobs().await;
        let page: Value = ada.get("/api/buckets/adas/items").await.ok();
        assert!(keys(&page).is_empty());
        assert_eq!(ada.get(&format!("/api/s3/object?key={}", ada.key("Photos/deep/2.txt"))).await.text(), "Photos/deep/2.txt");
    }

    /// By presigned URL and in parts.
    async fn files_go_up_directly(app) {
        let ada = app.user("ada").await;
        made(&ada, "adas").await;
        let plan = json!({"bucket": "adas", "files": [{"key": "direct.txt", "size": 5}]});
        let plan: Value = ada.post("/api/s3/uploads", plan).await.ok();
        let upload = &plan["uploads"][0];
        let mut put = reqwest::Client::new().put(upload["url"].as_str().unwrap()).body("hello");
        for (name, value) in upload["headers"].as_object().unwrap() {
            put = put.header(name, value.as_str().unwrap());
        }
        assert_eq!(put.send().await.unwrap().status(), 200);
        assert_eq!(ada.get("/api/buckets/adas/items/direct.txt").await.text(), "hello");
        let started: Value = ada.post("/api/s3/multipart/initiate", json!({"key": "parts", "bucket": "adas"})).await.ok();
        let id = started["upload_id"].as_str().unwrap();
        let part = Form::new().file("f", "text/plain", b"part").text("key", "parts").text("bucket", "adas")
            .text("upload_id", id).text("part_number", "1");
        let part: Value = ada.post_form("/api/s3/multipart/upload-part", part).await.ok();
        // Its id is good in its bucket alone.
        let complete = |bucket: Value| json!({"key": "parts", "upload_id": id, "bucket": bucket,
            "parts": [{"part_number": 1, "etag": part["etag"]}]});
        assert_eq!(ada.post("/api/s3/multipart/complete", complete(Value::Null)).await.status, 403);
        assert_eq!(ada.post("/api/s3/multipart/complete", complete(json!("adas"))).await.status, 200);
        assert_eq!(ada.get("/api/buckets/adas/items/parts").await.text(), "part");
    }
}

on_both_databases! {
    with storage on the clock;

    async fn what_was_deleted_is_brought_back(app) {
        let ada = app.user("ada").await;
        made(&ada, "adas").await;
        for key in ["a/1", "a/2", "b"] {
            put(&ada, "adas", key, b"x").await;
        }
        assert_eq!(ada.post("/api/s3/delete", json!({"prefixes": ["a/"], "keys": ["b"], "bucket": "adas"})).await.status, 202);
        app.run_jobs().await;
        let deleted: Value = ada.get("/api/s3/deleted?bucket=adas").await.ok();
        assert_eq!(keys(&deleted), ["a/1", "a/2", "b"]);
        // The whole bucket.
        let restore = json!({"prefix": "", "deleted_only": true, "bucket": "adas"});
        let answer = ada.post("/api/s3/object/restore", restore).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        app.run_jobs().await;
        let page: Value = ada.get("/api/buckets/adas/items").await.ok();
        assert_eq!(keys(&page), ["a/1", "a/2", "b"]);
        let archive = ada.get("/api/s3/archive?prefix=a/&bucket=adas").await;
        assert_eq!(archive.status, 200);
    }

    /// What lies in a bucket counts to its owner, along the way and when all is counted anew.
    async fn a_bucket_counts_to_its_owner(app) {
        let (ada, root) = (app.user("ada").await, app.admin("root").await);
        let path = format!("/api/admin/users/{}", ada.id);
        assert_eq!(root.patch(&path, json!({"quota_bytes": 100})).await.status, 200);
        made(&ada, "adas").await;
        made(&ada, "bdas").await;
        put(&ada, "adas", "a", &[b'x'; 40]).await;
        put(&ada, "bdas", "b", &[b'x'; 30]).await;
        ada.upload("c", "text/plain", &[b'x'; 20]).await;
        let form = Form::new().file("f", "text/plain", &[b'x'; 11]).text("key", "d");
        assert_eq!(ada.post_form("/api/buckets/adas/items", form).await.status, 413);
        let used = || async {
            let user: Value = root.get(&path).await.ok();
            user["quota_used_bytes"].as_u64().unwrap()
        };
        assert_eq!(used().await, 90);
        sqlx::query("UPDATE storage_use SET used_bytes = 7, count_due_at = 0 WHERE holder_id = $1")
            .bind(ada.id.to_string())
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        app.clock.advance(time::Duration::seconds(10));
        app.state.counting.queue_due().await.unwrap();
        app.run_jobs().await;
        assert_eq!(used().await, 90);
    }
}

/// Looked at with every route that takes a bucket: each works in one's own.
#[tokio::test]
async fn no_route_refuses_its_owner_their_bucket() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    made(&ada, "adas").await;
    put(&ada, "adas", "a.txt", b"x").await;
    let own = ada.upload("own.txt", "text/plain", b"x").await;
    for (route, answer) in every_route(&ada, "adas", "a.txt", &own).await {
        // An archive is no text.
        let said = String::from_utf8_lossy(&answer.body);
        assert!(!said.contains("Bucket adas does not exist"), "{route}: {said}");
        assert_ne!(answer.status, 403, "{route}: {said}");
    }
    app.run_jobs().await;
}
