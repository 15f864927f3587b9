//! `s3-bucket-api-jwt.md` and `aws-s3-service.md`: their buckets and items, by method, path and form as printed.

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Form, TestApp};

async fn send(client: &Client, method: Method, path: &str) -> Answer {
    client.request(method, path, Body::empty(), None).await
}

#[tokio::test]
async fn every_example_about_buckets_works_as_printed() {
    let app = super::accounts::fresh().await;
    every_example(&app).await;
}

/// On whatever storage the application has.
pub(crate) async fn every_example(app: &TestApp) {
    let stranger = app.anonymous();
    let token = stranger
        .form("/token", "username=testuser&password=testpassword")
        .await;
    let token: Value = token.ok();
    let user = stranger.bearer(token["access_token"].as_str().unwrap());
    bucket_api(&user).await;
    s3_service(&user).await;
}

/// `s3-bucket-api-jwt.md`
async fn bucket_api(user: &Client) {
    let listed: Value = user.get("/buckets/").await.ok();
    assert_eq!(listed["buckets"], json!([]));

    let made = send(user, Method::POST, "/buckets/create").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    let made_up = made["bucket_name"].as_str().unwrap();
    assert!(
        made_up.starts_with("bucket-") && made["message"].is_string(),
        "{made}"
    );

    let custom = "/buckets/create?bucket_name=my-custom-bucket&region=us-west-2";
    let made = send(user, Method::POST, custom).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    assert_eq!(
        (&made["bucket_name"], &made["region"]),
        (&json!("my-custom-bucket"), &json!("us-west-2"))
    );

    assert_eq!(
        user.get("/buckets/my-bucket-name").await.error(404).detail,
        "Bucket my-bucket-name does not exist"
    );
    let named = send(user, Method::POST, "/buckets/create?bucket_name=my-bucket-name").await;
    assert_eq!(named.status, 201);
    let details: Value = user.get("/buckets/my-bucket-name").await.ok();
    assert_eq!(
        (&details["name"], &details["objects"]),
        (&json!("my-bucket-name"), &json!(0))
    );

    let listed: Value = user.get("/buckets/").await.ok();
    let names = listed["buckets"].as_array().unwrap();
    assert!(
        names.contains(&json!("my-custom-bucket")) && names.contains(&json!(made_up)),
        "{listed}"
    );
    assert_eq!(send(user, Method::POST, custom).await.status, 409);
}

/// `aws-s3-service.md`; the bucket's deletion last, since one that holds objects stays.
async fn s3_service(user: &Client) {
    let made = send(user, Method::POST, "/s3/buckets/mybucket").await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json::<Value>()["bucket_name"], "mybucket");

    let items: Value = user.get("/s3/buckets/mybucket/items").await.ok();
    assert_eq!(items["objects"], json!([]));

    // -F "file=@/path/to/your/file", and once more for the file that is downloaded.
    for (name, bytes) in [("file", &b"one"[..]), ("myfile.txt", b"two")] {
        let form = Form::new().file(name, "application/octet-stream", bytes);
        let stored: Value = user.post_form("/s3/buckets/mybucket/items", form).await.ok();
        assert_eq!(stored["key"], name);
    }
    let items: Value = user.get("/s3/buckets/mybucket/items").await.ok();
    let keys: Vec<_> = items["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["key"].clone())
        .collect();
    assert_eq!(keys, [json!("file"), json!("myfile.txt")]);

    assert_eq!(
        user.get("/s3/buckets/mybucket/items/myfile.txt").await.text(),
        "two"
    );
    let refused = send(user, Method::DELETE, "/s3/buckets/mybucket").await;
    assert_eq!(refused.status, 409);
    for name in ["myfile.txt", "file"] {
        let item = format!("/s3/buckets/mybucket/items/{name}");
        let deleted = send(user, Method::DELETE, &item).await;
        assert_eq!(deleted.status, 200, "{}", deleted.text());
        assert_eq!(user.get(&item).await.status, 404);
    }
    let deleted = send(user, Method::DELETE, "/s3/buckets/mybucket").await;
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    assert_eq!(user.get("/s3/buckets/mybucket/items").await.status, 404);
}
