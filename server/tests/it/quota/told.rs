//! What people are told of their quota: over REST, on the page, and what admins see and set.

use serde_json::{Value, json};

use super::{limit, taken};
use crate::{
    support::TestApp,
    uploads::{initiate, send_part},
};

#[tokio::test]
async fn usage_tells_of_the_whole_quota_whatever_the_prefix() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a", "text/plain", b"12345").await;
    ada.upload("a", "text/plain", b"123").await;
    let upload = initiate(&ada, "f/big").await;
    send_part(&ada, "f/big", &upload, 1, b"12345678901".to_vec()).await;
    let path = format!("/api/s3/usage?prefix={}", ada.query_key("f/"));
    let usage: Value = ada.get(&path).await.ok();
    let without =
        json!({"objects": 0, "bytes": 0, "folder_markers": 0, "quota_bytes": null, "quota_used_bytes": null});
    assert_eq!(usage, without);
    limit(&app, &ada, Some(1000)).await;
    let usage: Value = ada.get(&path).await.ok();
    let with =
        json!({"objects": 0, "bytes": 0, "folder_markers": 0, "quota_bytes": 1000, "quota_used_bytes": 19});
    assert_eq!(usage, with);
    // Beyond it: what was lowered deletes nothing.
    limit(&app, &ada, Some(5)).await;
    let usage: Value = ada.get("/api/s3/usage").await.ok();
    let beyond =
        json!({"objects": 1, "bytes": 3, "folder_markers": 0, "quota_bytes": 5, "quota_used_bytes": 19});
    assert_eq!(usage, beyond);
}

#[tokio::test]
async fn the_page_says_how_much_is_used_where_there_is_a_limit() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a", "text/plain", &[b'x'; 2048]).await;
    let browser = app.browser_of("ada").await;
    let shown = async || browser.get("/files/").await.text().to_owned();
    assert!(!shown().await.contains("rail-storage"));
    limit(&app, &ada, Some(5 << 30)).await;
    let page = shown().await;
    assert!(page.contains("2.0 KiB of 5.0 GiB used"), "{page}");
}

#[tokio::test]
async fn a_person_asks_for_their_quota_alone() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let quota = async || ada.get("/api/s3/quota").await.ok::<Value>();
    assert_eq!(
        quota().await,
        json!({"quota_bytes": null, "quota_used_bytes": null})
    );
    limit(&app, &ada, Some(1000)).await;
    ada.upload("a", "text/plain", b"12345").await;
    assert_eq!(quota().await, json!({"quota_bytes": 1000, "quota_used_bytes": 5}));
    let foreign = format!("/api/s3/quota?prefix={}", ada.query_key(""));
    bob.get(&foreign).await.error(403);
}

#[tokio::test]
async fn admins_see_what_is_used_and_set_what_may_be() {
    let app = TestApp::with_storage().await;
    let (ada, root) = (app.user("ada").await, app.admin("root").await);
    ada.upload("a", "text/plain", &[b'x'; 2048]).await;
    let path = format!("/api/admin/users/{}", ada.id);
    let user: Value = root.get(&path).await.ok();
    assert_eq!(
        (&user["quota_bytes"], &user["quota_used_bytes"]),
        (&json!(null), &json!(2048))
    );
    let user: Value = root.patch(&path, json!({"quota_bytes": 1 << 20})).await.ok();
    assert_eq!(user["quota_bytes"], 1 << 20);
    assert_eq!(taken(&app, &ada).await, 2048);
    let browser = app.browser_of("root").await;
    let page = browser.get(&format!("/admin/users/{}", ada.id)).await;
    assert!(page.text().contains("2.0 KiB of 1.0 MiB"), "{}", page.text());
    let page = browser.get("/admin/users").await;
    assert!(page.text().contains("2.0 KiB"), "{}", page.text());
    // Nobody sets their own.
    assert_eq!(ada.patch(&path, json!({"quota_bytes": null})).await.status, 403);
    assert_eq!(
        ada.patch("/api/auth/me", json!({"quota_bytes": null}))
            .await
            .status,
        400
    );
}
