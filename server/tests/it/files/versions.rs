use app::features::files::types::{CONTINUATION_TOKEN_HEADER, ObjectMetadata, ObjectVersion};
use serde_json::json;

use crate::support::TestApp;

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
