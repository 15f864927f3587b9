//! What is written inside storage, or through the server: copies, moves, other metadata, old versions brought back; and
//! what makes room again.

use serde_json::{Value, json};
use time::Duration;

use super::{limit, stored, taken, uploads::refused};
use crate::{
    files::jobs::{job, run, run_well, undo},
    support::{Form, User, on_both_databases},
};

async fn version_of(who: &User, path: &str) -> String {
    let head: Value = who
        .get(&format!("/api/s3/object/metadata?key={}", who.query_key(path)))
        .await
        .ok();
    head["version_id"].as_str().unwrap().to_owned()
}

/// Sends a file through the server.
async fn send(who: &User, path: &str, bytes: &[u8]) -> crate::support::Answer {
    let form = Form::new()
        .file("file", "text/plain", bytes)
        .text("key", &who.key(path));
    who.client.post_form("/api/s3/upload", form).await
}

on_both_databases! {
    with storage on the clock;

    async fn a_file_through_the_server_is_stored_if_it_fits(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(10)).await;
        assert_eq!(send(&ada, "a", b"123456").await.status, 200);
        assert_eq!(taken(&app, &ada).await, 6);
        // The version before stays.
        let error = refused(&send(&ada, "a", b"12345").await);
        assert_eq!(error.detail, "This needs 5 B, and 4 B (4 bytes) of 10 B are left. What is deleted for good makes room.");
        assert_eq!(send(&ada, "a", b"1234").await.status, 200);
        refused(&send(&ada, "b", b"1").await);
        assert_eq!(send(&ada, "empty", b"").await.status, 200);
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (10, 10));
        // A delete marker frees nothing, a version does.
        let version = version_of(&ada, "a").await;
        ada.delete_json("/api/s3/object", json!({"key": ada.key("a")})).await.ok::<Value>();
        refused(&send(&ada, "b", b"1").await);
        let named = json!({"key": ada.key("a"), "version_id": version});
        ada.delete_json("/api/s3/object", named).await.ok::<Value>();
        assert_eq!(send(&ada, "b", b"1").await.status, 200);
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (7, 7));
        // What fails reserves nothing.
        let form = Form::new().file("file", "text/plain", b"x").text("key", &ada.key("b")).text("if_match", "other");
        assert_eq!(ada.client.post_form("/api/s3/upload", form).await.status, 412);
        assert_eq!(taken(&app, &ada).await, 7);
    }

    async fn one_object_is_copied_and_moved_if_it_fits(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(25)).await;
        ada.upload("a", "text/plain", b"1234567890").await;
        let copy = |to: &str, on_conflict: &str| json!({
            "source": ada.key("a"), "destination": ada.key(to), "on_conflict": on_conflict,
        });
        ada.post("/api/s3/copy", copy("b", "fail")).await.ok::<Value>();
        refused(&ada.post("/api/s3/copy", copy("c", "fail")).await);
        // Nothing is written where the name is taken.
        assert_eq!(ada.post("/api/s3/copy", copy("b", "fail")).await.status, 409);
        assert_eq!(ada.post("/api/s3/copy", copy("b", "skip")).await.status, 200);
        refused(&ada.post("/api/s3/move", copy("c", "fail")).await);
        limit(&app, &ada, Some(30)).await;
        ada.post("/api/s3/move", copy("c", "fail")).await.ok::<Value>();
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (30, 30));
    }

    async fn a_job_copies_what_fits_and_tells_of_the_rest(app) {
        let ada = app.user("ada").await;
        for n in 0..10 {
            ada.upload(&format!("from/{n}"), "text/plain", &[b'x'; 10]).await;
        }
        ada.upload("from/large", "text/plain", &[b'x'; 40]).await;
        limit(&app, &ada, Some(185)).await;
        let body = json!({"source": ada.key("from/"), "destination": ada.key("to/")});
        let (id, ended) = run(&app, &ada, "/api/s3/copy", body).await;
        assert_eq!((ended.state.as_str(), ended.failures.len()), ("done", 7));
        assert!(ended.failures[0].1.contains("5 B (5 bytes) of 185 B are left"), "{ended:?}");
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (180, 180));
        let undone = undo(&app, &ada, &id).await;
        assert_eq!(undone.failures, []);
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (140, 140));

        limit(&app, &ada, Some(280)).await;
        let body = json!({"source": ada.key("from/"), "destination": ada.key("to/")});
        let moved = run_well(&app, &ada, "/api/s3/move", body).await;
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (280, 280));
        assert_eq!(undo(&app, &ada, &moved).await.failures, []);
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (140, 140));

        let body = json!({"prefixes": [ada.key("from/")]});
        run_well(&app, &ada, "/api/s3/delete", body).await;
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (140, 140));
        let body = json!({"prefixes": [ada.key("from/")], "permanent": true});
        let (_, ended) = run(&app, &ada, "/api/s3/delete", body).await;
        assert_eq!((ended.state.as_str(), ended.failures), ("done", vec![]));
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (0, 0));
    }

    async fn other_metadata_and_old_versions_are_new_versions_that_must_fit(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(32)).await;
        let key = ada.upload("a", "text/plain", b"1234567890").await;
        let change = json!({"key": key, "content_type": "text/html"});
        ada.patch("/api/s3/object/metadata", change.clone()).await.ok::<Value>();
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (20, 20));
        // Tags are not copied for.
        ada.patch("/api/s3/object/metadata", json!({"key": key, "tags": {"a": "b"}})).await.ok::<Value>();
        let old = version_of(&ada, "a").await;
        ada.upload("a", "text/plain", b"x").await;
        let restore = json!({"key": key, "version_id": old});
        ada.post("/api/s3/object/restore", restore.clone()).await.ok::<Value>();
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (31, 31));
        refused(&ada.patch("/api/s3/object/metadata", change).await);
        ada.upload("a", "text/plain", b"y").await;
        refused(&ada.post("/api/s3/object/restore", restore).await);
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (32, 32));
    }

    async fn a_folder_comes_back_as_far_as_it_fits(app) {
        let ada = app.user("ada").await;
        for path in ["f/a", "f/b", "f/c"] {
            ada.upload(path, "text/plain", b"1234567890").await;
        }
        app.clock.advance(Duration::seconds(10));
        let moment = app.state.platform.clock.now();
        let moment = moment.format(&time::format_description::well_known::Rfc3339).unwrap();
        app.clock.advance(Duration::seconds(10));
        for path in ["f/a", "f/b", "f/c"] {
            ada.upload(path, "text/plain", b"x").await;
        }
        app.clock.advance(Duration::seconds(10));
        limit(&app, &ada, Some(55)).await;
        let body = json!({"prefix": ada.key("f/"), "as_of": moment});
        let answer = ada.post("/api/s3/object/restore", body).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        app.run_jobs().await;
        let id = answer.json::<Value>()["job_id"].as_str().unwrap().to_owned();
        let ended = job(&app, &id).await;
        assert_eq!((ended.state.as_str(), ended.failures.len()), ("done", 1), "{ended:?}");
        assert!(ended.failures[0].1.starts_with("This needs 10 B, and 2 B"), "{ended:?}");
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (53, 53));
    }
}

#[tokio::test]
async fn without_versions_what_is_replaced_or_deleted_makes_room() {
    let (_storage, app) = crate::files::without_versions().await;
    let ada = app.user("ada").await;
    limit(&app, &ada, Some(100)).await;
    assert_eq!(send(&ada, "a", &[b'x'; 60]).await.status, 200);
    assert_eq!(send(&ada, "a", &[b'x'; 90]).await.status, 200);
    assert_eq!(send(&ada, "a", &[b'x'; 70]).await.status, 200);
    assert_eq!(taken(&app, &ada).await, 70);
    refused(&send(&ada, "b", &[b'x'; 31]).await);
    // A plan that replaces needs room for the difference alone.
    let files = json!({"files": [{"key": ada.key("a"), "size": 95}]});
    let planned: Value = ada.post("/api/s3/uploads", files).await.ok();
    assert_eq!(planned["uploads"][0]["method"], "put", "{planned}");
    assert_eq!(taken(&app, &ada).await, 95);
    app.clock.advance(Duration::minutes(15));
    app.state.settler.round().await.unwrap();
    assert_eq!(taken(&app, &ada).await, 70);
    ada.patch(
        "/api/s3/object/metadata",
        json!({"key": ada.key("a"), "content_type": "text/html"}),
    )
    .await
    .ok::<Value>();
    assert_eq!(taken(&app, &ada).await, 70);
    let body = json!({"source": ada.key("a"), "destination": ada.key("b")});
    refused(&ada.post("/api/s3/copy", body.clone()).await);
    ada.delete_json("/api/s3/object", json!({"key": ada.key("a")}))
        .await
        .ok::<Value>();
    assert_eq!(taken(&app, &ada).await, 0);
    assert_eq!(send(&ada, "a", &[b'x'; 40]).await.status, 200);
    ada.post("/api/s3/move", body).await.ok::<Value>();
    assert_eq!(taken(&app, &ada).await, 40);
    // Of several the sizes are not known, until all is counted.
    ada.delete_json("/api/s3/objects", json!({"keys": [ada.key("b")]}))
        .await
        .ok::<Value>();
    assert_eq!(app.state.counting.queue_due().await.unwrap(), 1);
    app.run_jobs().await;
    assert_eq!(taken(&app, &ada).await, 0);
}
