//! Buckets of people's own: made, used, deleted, and out of everyone else's reach.

mod breaking_off;
mod creating;
mod deleting;
mod files;
mod foreign;
mod seen;

use http::Method;
use serde_json::Value;

use crate::support::{Answer, Client, Form};

/// `POST /api/buckets/{name}`
pub(crate) async fn create(client: &Client, name: &str) -> Answer {
    client
        .request(
            Method::POST,
            &format!("/api/buckets/{name}"),
            axum::body::Body::empty(),
            None,
        )
        .await
}

/// A bucket that the caller has from now on.
pub(crate) async fn made(client: &Client, name: &str) -> String {
    let answer = create(client, name).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    name.to_owned()
}

async fn delete(client: &Client, name: &str) -> Answer {
    client
        .request(
            Method::DELETE,
            &format!("/api/buckets/{name}"),
            axum::body::Body::empty(),
            None,
        )
        .await
}

/// Stores a small file in a bucket, under this key.
pub(crate) async fn put(client: &Client, bucket: &str, key: &str, bytes: &[u8]) -> Value {
    let form = Form::new().file("file", "text/plain", bytes).text("key", key);
    client
        .post_form(&format!("/api/buckets/{bucket}/items"), form)
        .await
        .ok()
}

/// The names that `GET /api/buckets` tells.
async fn names(client: &Client) -> Vec<String> {
    let page: Value = client.get("/api/buckets").await.ok();
    serde_json::from_value(page["buckets"].clone()).unwrap()
}
