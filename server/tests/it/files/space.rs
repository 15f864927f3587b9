//! How much room objects take, and what lies beside them.

use app::features::files::types_stored::{Usage, VersionsSpace};
use serde_json::{Value, json};

use crate::{
    support::{TestApp, User},
    uploads::{initiate, send_part},
};

async fn usage(who: &User, prefix: &str) -> Usage {
    who.get(&format!("/api/s3/usage?prefix={}", who.query_key(prefix)))
        .await
        .ok()
}

async fn space(who: &User, prefix: &str) -> VersionsSpace {
    who.get(&format!(
        "/api/s3/object/versions/space?prefix={}",
        who.query_key(prefix)
    ))
    .await
    .ok()
}

#[tokio::test]
async fn what_is_current_and_what_is_not_are_counted_apart() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    bob.upload("a", "text/plain", b"bob's").await;
    bob.upload("a", "text/plain", b"bob's second").await;
    assert_eq!(usage(&ada, "").await, Usage::default());
    ada.upload("a", "text/plain", b"12345").await;
    ada.upload("a", "text/plain", b"123").await;
    ada.upload("f/b", "text/plain", b"1234567").await;
    let gone = ada.upload("f/gone", "text/plain", b"12").await;
    ada.delete_json("/api/s3/object", json!({"key": gone}))
        .await
        .ok::<Value>();
    let upload = initiate(&ada, "f/big").await;
    send_part(&ada, "f/big", &upload, 1, b"12345678901".to_vec()).await;
    initiate(&ada, "empty").await;

    let of = |objects, folder_markers, bytes| Usage {
        objects,
        folder_markers,
        bytes,
        ..Usage::default()
    };
    assert_eq!(usage(&ada, "").await, of(2, 0, 10));
    assert_eq!(usage(&ada, "f/").await, of(1, 0, 7));
    let beside =
        |old_versions, old_versions_bytes, unfinished_uploads, unfinished_uploads_bytes| VersionsSpace {
            old_versions,
            old_versions_bytes,
            unfinished_uploads,
            unfinished_uploads_bytes,
        };
    assert_eq!(space(&ada, "").await, beside(2, 7, 2, 11));
    assert_eq!(space(&ada, "f/").await, beside(1, 2, 1, 11));
    assert_eq!(space(&ada, "g/").await, beside(0, 0, 0, 0));
    let raw: Value = ada.get("/api/s3/usage").await.ok();
    assert_eq!(
        raw,
        json!({"objects": 2, "folder_markers": 0, "bytes": 10, "quota_bytes": null, "quota_used_bytes": null})
    );
    ada.post("/api/s3/folder", json!({"prefix": ada.key("f/deep/")}))
        .await
        .ok::<Value>();
    assert_eq!(usage(&ada, "f/").await, of(2, 1, 7));
}
