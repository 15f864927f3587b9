use app::features::files::types::{DeleteObjectsResponse, ObjectPage, ObjectVersion};
use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn a_deleted_object_is_gone_from_view_and_kept_as_a_version() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a.txt", "text/plain", b"one").await;
    ada.delete_json("/api/s3/object", json!({"key": key}))
        .await
        .ok::<Value>();

    assert!(
        ada.get("/api/s3/objects")
            .await
            .ok::<ObjectPage>()
            .objects
            .is_empty()
    );
    let error = ada
        .delete_json("/api/s3/object", json!({"key": key}))
        .await
        .error(404);
    assert_eq!(error.detail, "Object not found");

    let path = format!("/api/s3/object/versions?key={}", ada.query_key("a.txt"));
    let versions: Vec<ObjectVersion> = ada.get(&path).await.ok();
    assert_eq!(versions.len(), 2);
    assert!(versions[0].is_delete_marker && versions[0].is_latest);

    // Without its marker the object is back; without its version it never was.
    for (version, left) in [(0, 1), (1, 0)] {
        let named = json!({"key": key, "version_id": versions[version].version_id});
        ada.delete_json("/api/s3/object", named).await.ok::<Value>();
        let listed = ada.get("/api/s3/objects").await.ok::<ObjectPage>().objects.len();
        assert_eq!(listed, left);
    }
    assert!(app.inventory().await.is_empty());
    for version in [versions[1].version_id.as_str(), "no-such-version"] {
        let named = json!({"key": key, "version_id": version});
        ada.delete_json("/api/s3/object", named).await.error(404);
    }
}

#[tokio::test]
async fn many_go_at_once_and_one_refused_key_keeps_them_all() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let mine = ada.upload("mine", "text/plain", b"x").await;
    let theirs = bob.upload("theirs", "text/plain", b"x").await;
    let before = app.inventory().await;

    let delete = |keys: Value| {
        let ada = ada.clone();
        async move { ada.delete_json("/api/s3/objects", json!({"keys": keys})).await }
    };
    delete(json!([mine, theirs])).await.error(403);
    let error = delete(json!([mine, format!("{mine}/../x")])).await.error(400);
    assert!(error.fields.contains_key("keys[1]"), "{error:?}");
    for keys in [json!([]), json!(vec![&mine; 1001])] {
        assert!(delete(keys).await.error(400).fields.contains_key("keys"));
    }
    assert_eq!(app.inventory().await, before);

    // Named twice, it is deleted once; what is not there counts as deleted.
    let absent = ada.key("absent");
    let answer: DeleteObjectsResponse = delete(json!([mine, mine, absent])).await.ok();
    assert_eq!((answer.deleted, answer.errors), (vec![mine, absent], vec![]));
    assert!(
        ada.get("/api/s3/objects")
            .await
            .ok::<ObjectPage>()
            .objects
            .is_empty()
    );
    assert_eq!(
        bob.get("/api/s3/objects").await.ok::<ObjectPage>().objects.len(),
        1
    );
}

#[tokio::test]
async fn a_thousand_keys_go_in_one_request() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("k/7", "text/plain", b"x").await;
    let keys: Vec<_> = (0..1000).map(|n| ada.key(&format!("k/{n}"))).collect();
    let answer: DeleteObjectsResponse = ada
        .delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok();
    assert_eq!(answer.deleted.len(), 1000);
    ada.get(&format!("/api/s3/object/metadata?key={key}"))
        .await
        .error(404);
}
