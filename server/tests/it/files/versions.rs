use app::{
    contract::CONTINUATION_TOKEN_HEADER,
    features::files::types::{ObjectMetadata, ObjectVersion},
};
use aws_sdk_s3::types::BucketVersioningStatus;
use serde_json::json;

use crate::support::{TestApp, TestStore};

#[tokio::test]
async fn versions_come_newest_first_in_pages_and_of_one_key_only() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for text in ["one", "three", "seven--"] {
        ada.upload("a", "text/plain", text.as_bytes()).await;
        ada.upload("a.bak", "text/plain", b"x").await;
    }
    let path = format!("/api/s3/object/versions?key={}&max_keys=2", ada.query_key("a"));
    let answer = ada.get(&path).await;
    let token = answer.header(CONTINUATION_TOKEN_HEADER).unwrap().to_owned();
    let mut versions: Vec<ObjectVersion> = answer.ok();
    let answer = ada.get(&format!("{path}&continuation_token={token}")).await;
    assert_eq!(answer.header(CONTINUATION_TOKEN_HEADER), None);
    versions.extend(answer.ok::<Vec<ObjectVersion>>());
    assert_eq!(versions.iter().map(|v| v.size).collect::<Vec<_>>(), [7, 5, 3]);
    assert_eq!(
        versions.iter().map(|v| v.is_latest).collect::<Vec<_>>(),
        [true, false, false]
    );
    assert!(versions.iter().all(|v| v.key == ada.key("a")));

    // Each can be looked at and read by its id.
    let first = &versions[2].version_id;
    let named = format!("key={}&version_id={first}", ada.query_key("a"));
    let metadata: ObjectMetadata = ada.get(&format!("/api/s3/object/metadata?{named}")).await.ok();
    assert_eq!(
        (metadata.content_length, metadata.version_id.as_ref()),
        (3, Some(first))
    );
    assert_eq!(ada.get(&format!("/api/s3/object?{named}")).await.text(), "one");
    let body = json!({"key": ada.key("a"), "version_id": first});
    let link: serde_json::Value = ada.post("/api/s3/download", body).await.ok();
    let read = reqwest::get(link["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(read.text().await.unwrap(), "one");

    ada.get(&format!("/api/s3/object/versions?key={}", ada.query_key("none")))
        .await
        .error(404);
    bob.get(&format!("{path}&continuation_token={token}"))
        .await
        .error(403);
}

/// The store's buckets start without, as S3's do; the application asks for them.
#[tokio::test]
async fn the_bucket_of_the_application_keeps_versions_because_it_says_so() {
    let storage = TestStore::start(Vec::new()).await;
    let (store, sdk) = (storage.client().await, storage.sdk());
    let status = async |bucket: &str| {
        let versioning = sdk.get_bucket_versioning().bucket(bucket).send().await.unwrap();
        versioning.status
    };

    store.ensure_bucket(&"fresh".parse().unwrap()).await.unwrap();
    assert_eq!(status("fresh").await, Some(BucketVersioningStatus::Enabled));

    // The program ended between making it and setting it up.
    sdk.create_bucket().bucket("half-made").send().await.unwrap();
    store.ensure_bucket(&"half-made".parse().unwrap()).await.unwrap();
    assert_eq!(status("half-made").await, Some(BucketVersioningStatus::Enabled));

    sdk.create_bucket().bucket("in-use").send().await.unwrap();
    sdk.put_object().bucket("in-use").key("k").send().await.unwrap();
    store.ensure_bucket(&"in-use".parse().unwrap()).await.unwrap();
    assert_eq!(status("in-use").await, None, "its owner has set it up");
}
