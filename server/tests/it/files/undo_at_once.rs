//! Changes of one object that were made at once, undone at once by the token in their answer.

use app::{
    contract::ErrorCode,
    features::files::changes::{ObjectDeleted, Transferred},
};
use serde_json::{Value, json};
use time::Duration;

use super::{jobs::put, without_versions};
use crate::support::{Answer, PASSWORD, TestApp, User, on_both_databases};

const UNDO: &str = "/api/s3/undo";

async fn transfer(who: &User, path: &str, from: &str, to: &str) -> String {
    let body = json!({"source": who.key(from), "destination": who.key(to), "on_conflict": "overwrite"});
    let done: Transferred = who.post(path, body).await.ok();
    done.undo.unwrap().token
}

async fn delete(who: &User, name: &str) -> String {
    let body = json!({"key": who.key(name)});
    let deleted: ObjectDeleted = who.delete_json("/api/s3/object", body).await.ok();
    deleted.undo.unwrap().token
}

async fn undo(who: &User, token: &str) -> Answer {
    who.post(UNDO, json!({"token": token})).await
}

on_both_databases! { with storage;
    async fn each_change_is_undone_once_and_asking_again_changes_nothing(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for name in ["a", "taken", "b/c"] {
            put(&sdk, &ada.key(name), name.as_bytes()).await;
        }
        let before = app.inventory().await;
        for token in [
            transfer(&ada, "/api/s3/copy", "a", "free").await,
            transfer(&ada, "/api/s3/copy", "a", "taken").await,
            transfer(&ada, "/api/s3/move", "a", "free").await,
            delete(&ada, "b/c").await,
        ] {
            undo(&ada, &token).await.ok::<Value>();
            undo(&ada, &token).await.ok::<Value>();
        }
        assert_eq!(app.inventory().await, before);
        let token = transfer(&ada, "/api/s3/move", "a", "taken").await;
        assert_ne!(app.inventory().await, before);
        undo(&ada, &token).await.ok::<Value>();
        assert_eq!(app.inventory().await, before);
    }

    async fn what_was_changed_since_stays_as_it_is(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for name in ["a", "b", "c"] {
            put(&sdk, &ada.key(name), b"old").await;
        }
        let copied = transfer(&ada, "/api/s3/copy", "a", "copy").await;
        put(&sdk, &ada.key("copy"), b"newer").await;
        let moved = transfer(&ada, "/api/s3/move", "b", "moved").await;
        put(&sdk, &ada.key("b"), b"newer").await;
        let deleted = delete(&ada, "c").await;
        put(&sdk, &ada.key("c"), b"newer").await;
        let before = app.inventory().await;
        for token in [copied, moved, deleted] {
            let refused = undo(&ada, &token).await;
            assert_eq!(refused.error(409).code, ErrorCode::Conflict);
            assert_eq!(app.inventory().await, before);
        }
    }

    async fn an_offer_is_its_owners_for_a_day(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("a"), b"a").await;
        let token = delete(&ada, "a").await;
        let before = app.inventory().await;
        for foreign in [undo(&bob, &token).await, undo(&ada, &format!("{token}A")).await, undo(&ada, "").await] {
            assert!(foreign.error(400).fields.contains_key("token"));
        }
        let key: Value = ada.post("/api/auth/api-keys", json!({"name": "narrow", "prefix": ada.key("b/")})).await.ok();
        let narrow = app.anonymous().with("x-api-key", key["key"].as_str().unwrap());
        assert_eq!(narrow.post(UNDO, json!({"token": token})).await.error(409).code, ErrorCode::Conflict);
        app.clock.advance(Duration::hours(24));
        let ada = app.sign_in("ada", PASSWORD).await;
        assert_eq!(undo(&ada, &token).await.error(409).code, ErrorCode::Conflict);
        assert_eq!(app.inventory().await, before);
    }
}

#[tokio::test]
async fn nothing_is_offered_where_nothing_can_be_undone() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    put(&sdk, &ada.key("a"), b"a").await;
    put(&sdk, &ada.key("b"), b"b").await;
    let skipped = json!({"source": ada.key("a"), "destination": ada.key("b"), "on_conflict": "skip"});
    let skipped: Value = ada.post("/api/s3/copy", skipped).await.ok();
    assert_eq!(skipped["undo"], Value::Null);
    let versions: Value = ada
        .get(&format!("/api/s3/object/versions?key={}", ada.query_key("b")))
        .await
        .ok();
    let version = json!({"key": ada.key("b"), "version_id": versions[0]["version_id"]});
    let deleted: Value = ada.delete_json("/api/s3/object", version).await.ok();
    assert_eq!(deleted, json!({"message": "Object deleted successfully"}));
    let (storage, app) = without_versions().await;
    let ada = app.user("ada").await;
    put(&storage.sdk(), &ada.key("a"), b"a").await;
    let copied = json!({"source": ada.key("a"), "destination": ada.key("c")});
    let copied: Value = ada.post("/api/s3/copy", copied).await.ok();
    assert_eq!(copied["undo"], Value::Null);
    let deleted = json!({"key": ada.key("c")});
    let deleted: Value = ada.delete_json("/api/s3/object", deleted).await.ok();
    assert_eq!(deleted["undo"], Value::Null);
}

/// The copy that an undo deletes makes room.
#[tokio::test]
async fn an_undone_copy_is_free_again() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a", "text/plain", b"12345").await;
    let token = transfer(&ada, "/api/s3/copy", "a", "b").await;
    let taken = async || {
        let holder = server::features::quota::Holder::User(ada.id);
        app.state.quotas.of(holder).await.unwrap().unwrap().taken
    };
    assert_eq!(taken().await, 10);
    undo(&ada, &token).await.ok::<Value>();
    assert_eq!(taken().await, 5);
}
