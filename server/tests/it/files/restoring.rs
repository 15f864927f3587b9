//! One version made the latest, and single versions deleted.

use app::{
    contract::ErrorCode,
    features::files::{
        types::{ObjectMetadata, ObjectVersion},
        types_history::CurrentObject,
        types_stored::ObjectTags,
    },
};
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use super::{contents, with_history, without_versions};
use crate::support::{TestApp, User};

async fn restore(who: &User, name: &str, version: &str) -> CurrentObject {
    let body = json!({"key": who.key(name), "version_id": version});
    who.post("/api/s3/object/restore", body).await.ok()
}

async fn versions(who: &User, name: &str) -> Vec<ObjectVersion> {
    let path = format!("/api/s3/object/versions?key={}", who.query_key(name));
    who.get(&path).await.ok()
}

async fn delete(who: &User, name: &str) {
    who.delete_json("/api/s3/object", json!({"key": who.key(name)}))
        .await
        .ok::<Value>();
}

/// An object with everything that can lie beside bytes, and a newer version without.
async fn two_versions(app: &TestApp, who: &User, name: &str, bytes: &'static [u8]) -> (String, String) {
    let first = app
        .storage()
        .sdk()
        .put_object()
        .bucket("forepeak")
        .key(who.key(name))
        .content_type("text/csv")
        .content_language("de")
        .cache_control("no-store")
        .metadata("project", "x1")
        .tagging("kind=a%20b&year=2024")
        .body(ByteStream::from_static(bytes))
        .send()
        .await
        .unwrap();
    let second = app
        .storage()
        .sdk()
        .put_object()
        .bucket("forepeak")
        .key(who.key(name))
        .body(ByteStream::from_static(b"two"))
        .send()
        .await
        .unwrap();
    (first.version_id.unwrap(), second.version_id.unwrap())
}

async fn is_the_first_again(who: &User, name: &str, current: &CurrentObject) {
    let named = format!("key={}", who.query_key(name));
    let metadata: ObjectMetadata = who.get(&format!("/api/s3/object/metadata?{named}")).await.ok();
    assert_eq!(metadata.content_type, "text/csv");
    assert_eq!(metadata.content_language.as_deref(), Some("de"));
    assert_eq!(metadata.cache_control.as_deref(), Some("no-store"));
    assert_eq!(metadata.metadata["project"], "x1");
    assert_eq!(
        (&metadata.etag, &metadata.version_id),
        (&current.etag, &current.version_id)
    );
    let tags: ObjectTags = who.get(&format!("/api/s3/object/tags?{named}")).await.ok();
    assert_eq!(
        serde_json::to_value(&tags.tags).unwrap(),
        json!({"kind": "a b", "year": "2024"})
    );
}

#[tokio::test]
async fn an_older_version_is_current_again_with_all_that_lay_beside_it() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let (first, second) = two_versions(&app, &ada, "a.csv", b"one").await;
    let current = restore(&ada, "a.csv", &first).await;
    assert_eq!(current.key, ada.key("a.csv"));
    is_the_first_again(&ada, "a.csv", &current).await;
    assert_eq!(contents(&ada).await["a.csv"], "one");
    let after = versions(&ada, "a.csv").await;
    assert_eq!(after.len(), 3, "the others stay");
    assert_eq!(Some(&after[0].version_id), current.version_id.as_ref());

    // Back and forth, and what is current already stays as it is.
    restore(&ada, "a.csv", &second).await;
    assert_eq!(contents(&ada).await["a.csv"], "two");
    let before = app.inventory().await;
    let latest = versions(&ada, "a.csv").await[0].version_id.clone();
    assert_eq!(restore(&ada, "a.csv", &latest).await.version_id, Some(latest));
    assert_eq!(app.inventory().await, before);

    // Behind a delete marker, too.
    delete(&ada, "a.csv").await;
    let current = restore(&ada, "a.csv", &first).await;
    is_the_first_again(&ada, "a.csv", &current).await;
}

#[tokio::test]
async fn what_is_only_deleted_comes_back_without_a_copy() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a.txt", "text/plain", b"one").await;
    let before = (app.inventory().await, versions(&ada, "a.txt").await);
    let version = before.1[0].version_id.clone();
    // The second deletion of a lost answer lies on top of the first.
    for _ in 0..2 {
        let keys = json!({"keys": [ada.key("a.txt")]});
        ada.delete_json("/api/s3/objects", keys).await.ok::<Value>();
    }
    assert_eq!(restore(&ada, "a.txt", &version).await.version_id, Some(version));
    assert_eq!((app.inventory().await, versions(&ada, "a.txt").await), before);
}

#[tokio::test]
async fn a_large_version_is_copied_in_parts() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let bytes: &'static [u8] = vec![b'x'; 6 * 1024 * 1024].leak();
    let (first, _) = two_versions(&app, &ada, "large", bytes).await;
    let by_parts = with_history(&app, &ada, |history| history.with_largest_copy(5 * 1024 * 1024));
    let current = restore(&by_parts, "large", &first).await;
    assert!(current.etag.ends_with("-2"), "{current:?}");
    is_the_first_again(&ada, "large", &current).await;
    let metadata: ObjectMetadata = ada
        .get(&format!("/api/s3/object/metadata?key={}", ada.query_key("large")))
        .await
        .ok();
    assert_eq!(metadata.content_length, bytes.len() as u64);
    assert!(
        !app.inventory()
            .await
            .iter()
            .any(|row| row.ends_with("unfinished"))
    );
}

#[tokio::test]
async fn a_single_version_or_marker_is_deleted_exactly() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for text in ["one", "three", "seven"] {
        ada.upload("a", "text/plain", text.as_bytes()).await;
    }
    let all = versions(&ada, "a").await;
    let forget = async |version: &str| {
        let body = json!({"key": ada.key("a"), "version_id": version});
        ada.delete_json("/api/s3/object", body).await
    };
    forget(&all[1].version_id).await.ok::<Value>();
    assert_eq!(versions(&ada, "a").await, [all[0].clone(), all[2].clone()]);
    forget(&all[1].version_id).await.error(404);
    forget("no-such-version").await.error(404);
    forget("").await.error(400);

    delete(&ada, "a").await;
    let marker = versions(&ada, "a").await[0].clone();
    assert!(marker.is_delete_marker && marker.is_latest);
    forget(&marker.version_id).await.ok::<Value>();
    assert_eq!(versions(&ada, "a").await, [all[0].clone(), all[2].clone()]);
    assert_eq!(contents(&ada).await["a"], "seven");
}

#[tokio::test]
async fn what_cannot_be_brought_back_is_refused_by_name() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    ada.upload("a", "text/plain", b"one").await;
    let version = versions(&ada, "a").await[0].version_id.clone();
    delete(&ada, "a").await;
    let marker = versions(&ada, "a").await[0].version_id.clone();
    let before = app.inventory().await;
    let as_of = "2024-01-01T00:00:00Z";
    let (key, home) = (ada.key("a"), ada.key(""));
    for (body, field) in [
        (json!({}), "key"),
        (json!({"key": key}), "version_id"),
        (json!({"key": key, "version_id": ""}), "version_id"),
        (json!({"key": key, "version_id": marker}), "version_id"),
        (
            json!({"key": key, "version_id": version, "as_of": as_of}),
            "as_of",
        ),
        (
            json!({"key": key, "version_id": version, "prefix": home}),
            "prefix",
        ),
        (json!({"prefix": home}), "as_of"),
        (
            json!({"prefix": home, "version_id": version, "as_of": as_of}),
            "version_id",
        ),
        (
            json!({"prefix": home, "deleted_only": true, "as_of": as_of}),
            "as_of",
        ),
        (
            json!({"prefix": home, "deleted_only": true, "delete_added": true}),
            "delete_added",
        ),
        (json!({"keys": [], "as_of": as_of}), "keys"),
        (json!({"keys": vec![&key; 1001], "as_of": as_of}), "keys"),
        (
            json!({"keys": [key], "delete_added": true, "as_of": as_of}),
            "delete_added",
        ),
        (json!({"keys": [key]}), "as_of"),
        (
            json!({"keys": [key], "deleted_only": true, "as_of": as_of}),
            "as_of",
        ),
        (json!({"prefix": home, "as_of": "yesterday"}), "as_of"),
        (json!({"prefix": home, "as_of": as_of, "force": true}), "force"),
    ] {
        let error = ada.post("/api/s3/object/restore", body.clone()).await.error(400);
        assert!(error.fields.contains_key(field), "{body}: {error:?}");
    }
    let named = json!({"key": key, "version_id": version});
    bob.post("/api/s3/object/restore", named).await.error(403);
    for body in [
        json!({"prefix": home, "deleted_only": true}),
        json!({"keys": [bob.key("own"), key], "as_of": as_of}),
        json!({"keys": [bob.key("own"), key], "deleted_only": true}),
    ] {
        bob.post("/api/s3/object/restore", body).await.error(403);
    }
    let absent = json!({"key": ada.key("none"), "version_id": version});
    ada.post("/api/s3/object/restore", absent).await.error(404);
    let unknown = json!({"key": key, "version_id": "no-such-version"});
    ada.post("/api/s3/object/restore", unknown).await.error(404);
    assert_eq!(app.inventory().await, before);
}

/// Other programs made it: it can be uncovered by its exact bytes, and not copied.
#[tokio::test]
async fn security_19_a_listed_key_comes_back_by_its_bytes() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    for name in ["Icon\r", "f/a\u{1}b", "f/../g", "./x"] {
        let mut ids = Vec::new();
        for text in ["one", "two"] {
            let put = sdk.put_object().bucket("forepeak").key(ada.key(name));
            let put = put.body(ByteStream::from(text.as_bytes().to_vec())).send();
            ids.push(put.await.unwrap().version_id.unwrap());
        }
        let before = app.inventory().await;
        ada.delete_json("/api/s3/objects", json!({"keys": [ada.key(name)]}))
            .await
            .ok::<Value>();
        let body = |version: &str| json!({"key": ada.key(name), "version_id": version});
        let current: CurrentObject = ada.post("/api/s3/object/restore", body(&ids[1])).await.ok();
        assert_eq!(current.version_id.as_ref(), Some(&ids[1]), "{name:?}");
        assert_eq!(app.inventory().await, before, "{name:?}");
        let refused = ada.post("/api/s3/object/restore", body(&ids[0])).await.error(400);
        assert!(refused.fields.contains_key("key"), "{name:?}: {refused:?}");
        assert_eq!(app.inventory().await, before, "{name:?}");
    }
}

#[tokio::test]
async fn a_bucket_without_versions_says_so() {
    let (_storage, app) = without_versions().await;
    let ada = app.user("ada").await;
    ada.upload("a", "text/plain", b"one").await;
    let as_of = "2024-01-01T00:00:00Z";
    for path in [
        "/api/s3/deleted".to_owned(),
        format!("/api/s3/history?as_of={as_of}"),
        format!("/api/s3/history/changes?as_of={as_of}"),
    ] {
        let error = ada.get(&path).await.error(501);
        assert_eq!(error.code, ErrorCode::Unsupported, "{path}");
        assert!(error.detail.contains("keeps no versions"), "{error:?}");
    }
    for body in [
        json!({"key": ada.key("a"), "version_id": "null"}),
        json!({"prefix": ada.key(""), "deleted_only": true}),
        json!({"keys": [ada.key("a")], "as_of": as_of}),
    ] {
        let error = ada.post("/api/s3/object/restore", body).await.error(501);
        assert_eq!(error.code, ErrorCode::Unsupported);
    }
    let space: Value = ada.get("/api/s3/object/versions/space").await.ok();
    assert_eq!(space["old_versions"], 0);
    assert_eq!(contents(&ada).await["a"], "one");
}
