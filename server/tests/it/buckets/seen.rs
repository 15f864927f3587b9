//! Who sees which buckets, and what they are told.

use serde_json::{Value, json};

use super::{create, delete, made, names, put};
use crate::support::{TestApp, User, on_both_databases};

async fn key(owner: &User, app: &TestApp, body: Value) -> crate::support::Client {
    let made: Value = owner.post("/api/auth/api-keys", body).await.ok();
    app.anonymous().with("x-api-key", made["key"].as_str().unwrap())
}

on_both_databases! {
    with storage;

    async fn people_see_their_own_and_admins_see_all(app) {
        let (ada, bob, root) = (app.user("ada").await, app.user("bob").await, app.admin("root").await);
        for (who, name) in [(&ada, "adas"), (&bob, "bobs"), (&root, "roots")] {
            made(who, name).await;
        }
        assert_eq!(names(&ada).await, ["adas"]);
        assert_eq!(names(&root).await, ["adas", "bobs", "roots"]);
        assert_eq!(root.get("/api/buckets/adas").await.status, 200);
        assert_eq!(root.get("/api/buckets/adas/items").await.status, 404);
        assert_eq!(bob.get("/api/buckets/adas").await.error(404).detail, "Bucket adas does not exist");
        let mut found = Vec::new();
        let mut token = String::new();
        loop {
            let page: Value = root.get(&format!("/api/buckets?max_keys=1{token}")).await.ok();
            found.push(page["buckets"][0].as_str().unwrap().to_owned());
            match page["continuation_token"].as_str() {
                Some(next) => token = format!("&continuation_token={next}"),
                None => break,
            }
        }
        assert_eq!(found, ["adas", "bobs", "roots"]);
        let page: Value = root.get("/api/buckets?max_keys=1").await.ok();
        let foreign = format!("/api/buckets?continuation_token={}", page["continuation_token"].as_str().unwrap());
        assert_eq!(ada.get(&foreign).await.status, 400);
    }

    /// The bucket of somebody who is gone stays, and an admin can delete it once it is empty.
    async fn what_becomes_of_an_account_that_is_deleted(app) {
        let (ada, root) = (app.user("ada").await, app.admin("root").await);
        made(&ada, "adas").await;
        put(&ada, "adas", "a.txt", b"x").await;
        assert_eq!(delete(&root, "adas").await.status, 404);
        let gone = root.request(http::Method::DELETE, &format!("/api/admin/users/{}", ada.id), axum::body::Body::empty(), None).await;
        assert_eq!(gone.status, 200);
        let page: Value = root.get("/api/buckets").await.ok();
        assert_eq!(page["items"][0]["owner"], json!({"id": ada.id, "username": null}));
        assert_eq!(delete(&root, "adas").await.status, 409);
        let sdk = app.storage().sdk();
        sdk.delete_object().bucket("adas").key("a.txt").send().await.unwrap();
        assert_eq!(delete(&root, "adas").await.status, 200);
        assert!(names(&root).await.is_empty());
    }
}

#[tokio::test]
async fn details_tell_how_a_bucket_is_set_up_and_what_it_holds() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    made(&ada, "adas").await;
    put(&ada, "adas", "a", b"12345").await;
    put(&ada, "adas", "b/c", b"678").await;
    let details: Value = ada.get("/api/buckets/adas").await.ok();
    assert_eq!(details["name"], "adas");
    assert_eq!((&details["objects"], &details["bytes"]), (&json!(2), &json!(8)));
    assert!(details["counted_at"].is_string());
    for (setting, value) in [
        ("versioning", "enabled"),
        ("cors", "allowed"),
        ("lifecycle", "missing"),
        ("encryption", "none"),
        ("object_lock", "off"),
    ] {
        let known = json!({"available": true, "value": value, "message": null});
        assert_eq!(details[setting], known, "{setting}");
    }
}

/// Beyond 10,000 objects the last count is told, and one is asked for where there was none.
#[tokio::test]
async fn a_large_bucket_is_counted_by_the_daily_count() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    made(&ada, "adas").await;
    app.storage()
        .fill("adas", (0..10_050).map(|n| format!("{n:05}")))
        .await;
    let details: Value = ada.get("/api/buckets/adas").await.ok();
    assert_eq!(
        (&details["objects"], &details["counted_at"]),
        (&Value::Null, &Value::Null)
    );
    app.state.counting.queue_due().await.unwrap();
    app.run_jobs().await;
    let details: Value = ada.get("/api/buckets/adas").await.ok();
    assert_eq!(details["objects"], 10_050);
    assert!(details["counted_at"].is_string());
}

#[tokio::test]
async fn security_16_a_key_for_a_folder_opens_no_bucket() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    made(&ada, "adas").await;
    put(&ada, "adas", "a.txt", b"hers").await;
    let narrow = key(
        &ada,
        &app,
        json!({"name": "narrow", "prefix": ada.key("folder/")}),
    )
    .await;
    assert!(names(&narrow).await.is_empty());
    assert_eq!(narrow.get("/api/buckets/adas").await.status, 404);
    assert_eq!(narrow.get("/api/buckets/adas/items/a.txt").await.status, 404);
    assert_eq!(narrow.get("/api/s3/objects?bucket=adas").await.status, 404);
    assert_eq!(create(&narrow, "another").await.status, 403);
    assert_eq!(delete(&narrow, "adas").await.status, 404);
    let reader = key(&ada, &app, json!({"name": "reader", "scopes": ["read"]})).await;
    assert_eq!(names(&reader).await, ["adas"]);
    assert_eq!(reader.get("/api/buckets/adas/items/a.txt").await.text(), "hers");
    assert_eq!(create(&reader, "another").await.status, 403);
    assert_eq!(delete(&reader, "adas").await.status, 403);
    let writer = key(&ada, &app, json!({"name": "writer", "scopes": ["write"]})).await;
    put(&writer, "adas", "b.txt", b"by a script").await;
    assert_eq!(writer.get("/api/buckets/adas/items/b.txt").await.status, 403);
    // An admin's key sees what is its owner's.
    let root = app.admin("root").await;
    let all = key(&root, &app, json!({"name": "all"})).await;
    assert!(names(&all).await.is_empty());
}
