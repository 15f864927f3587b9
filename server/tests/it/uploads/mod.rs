//! Uploads over REST, with real storage behind them.

mod abandoned;
mod binding;
mod completing;
mod once;
mod parts;
mod planning;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::User;

pub(crate) const MIB: usize = 1024 * 1024;

/// Sends `body` as a signed request asks for.
pub(crate) async fn put(signed: &Value, body: Vec<u8>) -> reqwest::Response {
    let mut request = reqwest::Client::new()
        .put(signed["url"].as_str().unwrap())
        .body(body);
    for (name, value) in signed["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    request.send().await.unwrap()
}

pub(crate) async fn initiate(user: &User, path: &str) -> String {
    let begun: Value = user
        .post("/api/s3/multipart/initiate", json!({"key": user.key(path)}))
        .await
        .ok();
    begun["upload_id"].as_str().unwrap().to_owned()
}

/// Signs and sends one part; answers it as `complete` wants it.
pub(crate) async fn send_part(user: &User, path: &str, upload_id: &str, number: u32, body: Vec<u8>) -> Value {
    let request = json!({
        "key": user.key(path),
        "upload_id": upload_id,
        "parts": [{"part_number": number, "size": body.len()}],
    });
    let signed: Value = user.post("/api/s3/multipart/parts", request).await.ok();
    let stored = put(&signed["parts"][0], body).await;
    assert_eq!(stored.status(), StatusCode::OK);
    let etag = stored.headers()["etag"]
        .to_str()
        .unwrap()
        .trim_matches('"')
        .to_owned();
    json!({"part_number": number, "etag": etag})
}

pub(crate) fn completion(user: &User, path: &str, upload_id: &str, parts: &[Value]) -> Value {
    json!({"key": user.key(path), "upload_id": upload_id, "parts": parts})
}

pub(crate) async fn read(user: &User, path: &str) -> Vec<u8> {
    let answer = user
        .get(&format!("/api/s3/object?key={}", user.query_key(path)))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body.to_vec()
}

pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}
