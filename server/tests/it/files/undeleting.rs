use app::features::files::types::{DeleteObjectsResponse, ObjectPage, ObjectVersion, UndeleteResponse};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use serde_json::{Value, json};

use crate::support::{TestApp, User};

async fn delete(who: &User, keys: &[String]) -> DeleteObjectsResponse {
    who.delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok()
}

async fn undelete(who: &User, markers: &impl serde::Serialize) -> UndeleteResponse {
    who.post("/api/s3/objects/undelete", json!({"markers": markers}))
        .await
        .ok()
}

async fn listed(who: &User) -> Vec<String> {
    let page: ObjectPage = who.get("/api/s3/objects?recursive=true&max_keys=1000").await.ok();
    page.objects.into_iter().map(|object| object.key).collect()
}

async fn versions(who: &User, name: &str) -> Vec<ObjectVersion> {
    let path = format!("/api/s3/object/versions?key={}", who.query_key(name));
    who.get(&path).await.ok()
}

#[tokio::test]
async fn what_was_deleted_comes_back_as_it_was() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let mut keys = Vec::new();
    for name in ["a.txt", "f/b.txt", "f/100% + #?.txt"] {
        keys.push(ada.upload(name, "text/plain", name.as_bytes()).await);
    }
    ada.post("/api/s3/folder", json!({"prefix": ada.key("f/empty/")}))
        .await
        .ok::<Value>();
    keys.push(ada.key("f/empty/"));
    let before = (app.inventory().await, versions(&ada, "a.txt").await);

    let deleted = delete(&ada, &keys).await;
    assert_eq!((deleted.deleted.len(), deleted.markers.len()), (4, 4));
    assert!(listed(&ada).await.is_empty());
    let answer = undelete(&ada, &deleted.markers).await;
    keys.sort();
    assert_eq!((answer.restored, answer.errors), (keys, vec![]));
    assert_eq!(
        (app.inventory().await, versions(&ada, "a.txt").await),
        before,
        "the same versions with the same dates, and no marker"
    );
    // Asked for twice, it happened once.
    let again = undelete(&ada, &deleted.markers).await;
    assert_eq!((again.restored.len(), again.errors.len()), (4, 0));
    assert_eq!(app.inventory().await, before.0);
}

#[tokio::test]
async fn a_deletion_sent_twice_is_taken_back_once() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a.txt", "text/plain", b"one").await;
    delete(&ada, std::slice::from_ref(&key)).await;
    let second = delete(&ada, std::slice::from_ref(&key)).await;
    let answer = undelete(&ada, &second.markers).await;
    assert_eq!(answer.restored, std::slice::from_ref(&key));
    assert_eq!(listed(&ada).await, [key]);
}

#[tokio::test]
async fn what_happened_since_is_not_undone() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let rewritten = ada.upload("rewritten", "text/plain", b"one").await;
    let again = ada.upload("again", "text/plain", b"one").await;
    let first = delete(&ada, &[rewritten.clone(), again.clone()]).await;
    ada.upload("rewritten", "text/plain", b"two").await;
    undelete(&ada, &first.markers).await;
    delete(&ada, std::slice::from_ref(&again)).await;
    let before = app.inventory().await;

    let answer = undelete(&ada, &first.markers).await;
    assert_eq!(answer.restored, [rewritten]);
    assert_eq!(answer.errors.len(), 1, "{answer:?}");
    assert_eq!(answer.errors[0].key, again);
    assert_eq!(app.inventory().await, before);
}

#[tokio::test]
async fn nothing_that_holds_bytes_is_ever_deleted() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let key = ada.upload("a.txt", "text/plain", b"one").await;
    ada.upload("a.txt", "text/plain", b"two").await;
    let theirs = bob.upload("b.txt", "text/plain", b"x").await;
    let hidden = delete(&bob, std::slice::from_ref(&theirs)).await;
    let before = app.inventory().await;

    for version in versions(&ada, "a.txt").await {
        let answer = undelete(&ada, &[json!({"key": key, "version_id": version.version_id})]).await;
        assert_eq!((answer.restored.len(), answer.errors.len()), (0, 1));
    }
    let absent = undelete(&ada, &[json!({"key": ada.key("absent"), "version_id": "x"})]).await;
    assert_eq!((absent.restored.len(), absent.errors.len()), (0, 1));

    // One foreign key keeps all of them as they are.
    let own = delete(&ada, std::slice::from_ref(&key)).await;
    let mixed = [own.markers.clone(), hidden.markers.clone()].concat();
    ada.post("/api/s3/objects/undelete", json!({"markers": mixed}))
        .await
        .error(403);
    assert!(listed(&ada).await.is_empty() && listed(&bob).await.is_empty());
    for markers in [json!([]), json!(vec![&own.markers[0]; 1001])] {
        let error = ada
            .post("/api/s3/objects/undelete", json!({"markers": markers}))
            .await
            .error(400);
        assert!(error.fields.contains_key("markers"), "{error:?}");
    }
    undelete(&ada, &own.markers).await;
    assert_eq!(app.inventory().await, before);
}

#[tokio::test]
async fn where_no_versions_are_kept_nothing_is_promised() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let suspended = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Suspended)
        .build();
    let versioning = app.storage().sdk().put_bucket_versioning().bucket("forepeak");
    versioning
        .versioning_configuration(suspended)
        .send()
        .await
        .unwrap();
    let key = ada.upload("a.txt", "text/plain", b"one").await;
    let deleted = delete(&ada, std::slice::from_ref(&key)).await;
    assert_eq!((deleted.deleted, deleted.markers), (vec![key], vec![]));
}

#[tokio::test]
async fn a_thousand_come_back_in_one_request() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("k/7", "text/plain", b"x").await;
    let keys: Vec<_> = (0..1000).map(|n| ada.key(&format!("k/{n}"))).collect();
    let deleted = delete(&ada, &keys).await;
    assert_eq!(deleted.markers.len(), 1000);
    let answer = undelete(&ada, &deleted.markers).await;
    assert_eq!((answer.restored.len(), answer.errors.len()), (1000, 0));
    assert_eq!(listed(&ada).await, [ada.key("k/7")]);
}
