use serde_json::{Value, json};

use super::{MIB, bytes, completion, initiate, put, read, send_part};
use crate::support::{Form, TestApp, User, on_both_databases};

async fn sign(user: &User, path: &str, upload_id: &str, parts: Value) -> crate::support::Answer {
    let body = json!({"key": user.key(path), "upload_id": upload_id, "parts": parts});
    user.post("/api/s3/multipart/parts", body).await
}

async fn stored(user: &User, path: &str, upload_id: &str) -> Value {
    let query = format!("key={}&upload_id={upload_id}", user.query_key(path));
    user.get(&format!("/api/s3/multipart/parts?{query}"))
        .await
        .ok::<Value>()["parts"]
        .clone()
}

on_both_databases! {
    with storage;

    async fn an_upload_goes_on_from_what_storage_has(app) {
        let ada = app.user("ada").await;
        let id = initiate(&ada, "a").await;
        let first = send_part(&ada, "a", &id, 1, bytes(5 * MIB)).await;

        // After a crash the client knows nothing but its key.
        let unfinished: Value = ada.get("/api/s3/multipart").await.ok();
        assert_eq!(unfinished["uploads"][0]["key"], ada.key("a"));
        assert_eq!(unfinished["uploads"][0]["upload_id"], id);
        let there = stored(&ada, "a", &id).await;
        assert_eq!(there.as_array().unwrap().len(), 1);
        assert_eq!((&there[0]["part_number"], &there[0]["size"]), (&json!(1), &json!(5 * MIB)));
        assert_eq!(there[0]["etag"], first["etag"]);

        let second = send_part(&ada, "a", &id, 2, b"tail".into()).await;
        let body = completion(&ada, "a", &id, &[first, second]);
        ada.post("/api/s3/multipart/complete", body).await.ok::<Value>();
        assert_eq!(read(&ada, "a").await.len(), 5 * MIB + 4);
        let unfinished: Value = ada.get("/api/s3/multipart").await.ok();
        assert_eq!(unfinished["uploads"], json!([]));
    }
}

#[tokio::test]
async fn part_checksums_are_signed_verified_and_listed() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let body = json!({"key": ada.key("a"), "checksum_algorithm": "SHA256"});
    let id = ada.post("/api/s3/multipart/initiate", body).await.ok::<Value>()["upload_id"].clone();
    let id = id.as_str().unwrap();
    let hello = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    let checksum = json!({"algorithm": "SHA256", "value": hello});
    let part = json!({"part_number": 1, "size": 5, "checksum": checksum});
    let signed: Value = sign(&ada, "a", id, json!([part])).await.ok();
    assert_eq!(signed["expires_in"], 900);
    let signed = &signed["parts"][0];
    assert_eq!(signed["headers"]["x-amz-checksum-sha256"], hello);
    assert_eq!(put(signed, b"jello".into()).await.status(), 400);
    assert_eq!(put(signed, b"hello".into()).await.status(), 200);
    assert_eq!(stored(&ada, "a", id).await[0]["checksum"], checksum);

    for (what, part) in [
        ("none", json!({"part_number": 1, "size": 5})),
        (
            "another algorithm",
            json!({"part_number": 1, "size": 5, "checksum": {"algorithm": "CRC32", "value": "AAAAAA=="}}),
        ),
        (
            "no digest",
            json!({"part_number": 1, "size": 5, "checksum": {"algorithm": "SHA256", "value": "?"}}),
        ),
    ] {
        let error = sign(&ada, "a", id, json!([part])).await.error(400);
        assert!(
            error.fields.contains_key("parts[0].checksum"),
            "{what}: {error:?}"
        );
    }
    let plain = initiate(&ada, "b").await;
    let error = sign(&ada, "b", &plain, json!([part])).await.error(400);
    assert!(error.fields.contains_key("parts[0].checksum"), "{error:?}");

    // Through the server the checksum is made on the way.
    let form = Form::new()
        .file("part", "application/octet-stream", b"hello")
        .text("key", &ada.key("a"))
        .text("upload_id", id)
        .text("part_number", "1");
    let sent: Value = ada.post_form("/api/s3/multipart/upload-part", form).await.ok();
    assert_eq!(stored(&ada, "a", id).await[0]["checksum"], checksum);
    let done = completion(
        &ada,
        "a",
        id,
        &[json!({"part_number": 1, "etag": sent["etag"], "checksum": checksum})],
    );
    ada.post("/api/s3/multipart/complete", done).await.ok::<Value>();
}

#[tokio::test]
async fn security_24_a_signed_part_is_good_for_its_number_and_size_only() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let (id, other) = (initiate(&ada, "a").await, initiate(&ada, "a").await);
    let signed: Value = sign(&ada, "a", &id, json!([{"part_number": 1, "size": 5}]))
        .await
        .ok();
    let other: Value = sign(&ada, "a", &other, json!([{"part_number": 1, "size": 5}]))
        .await
        .ok();
    let upload_of = |url: &str| {
        let query = url.split_once("uploadId=").unwrap().1;
        query.split('&').next().unwrap().to_owned()
    };
    let signed = &signed["parts"][0];
    let url = signed["url"].as_str().unwrap();
    let another = upload_of(other["parts"][0]["url"].as_str().unwrap());
    for (what, url, body) in [
        ("number", url.replace("partNumber=1", "partNumber=2"), "hello"),
        ("upload", url.replace(&upload_of(url), &another), "hello"),
        ("key", url.replace("/a?", "/b?"), "hello"),
        ("size", url.to_owned(), "hello!"),
    ] {
        let request = json!({"url": url, "headers": signed["headers"]});
        assert_eq!(put(&request, body.into()).await.status(), 403, "{what}");
    }
    assert_eq!(stored(&ada, "a", &id).await, json!([]));
    assert_eq!(put(signed, b"hello".into()).await.status(), 200);
}

#[tokio::test]
async fn parts_that_cannot_be_are_not_signed() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let id = initiate(&ada, "a").await;
    let gib = 1024 * MIB as u64;
    for (parts, field) in [
        (json!([]), "parts"),
        (json!(vec![json!({"part_number": 1, "size": 1}); 101]), "parts"),
        (json!([{"part_number": 0, "size": 1}]), "parts[0].part_number"),
        (
            json!([{"part_number": 10_001, "size": 1}]),
            "parts[0].part_number",
        ),
        (
            json!([{"part_number": 70_000, "size": 1}]),
            "parts[0].part_number",
        ),
        (json!([{"part_number": 1, "size": 5 * gib + 1}]), "parts[0].size"),
        (
            json!([{"part_number": 3, "size": 1}, {"part_number": 3, "size": 1}]),
            "parts[1].part_number",
        ),
    ] {
        let error = sign(&ada, "a", &id, parts).await.error(400);
        assert!(error.fields.contains_key(field), "{field}: {error:?}");
    }
    // A planned upload has parts of the planned size, and no more than it needs.
    let size = 33 * MIB;
    let body = json!({"files": [{"key": ada.key("big"), "size": size}]});
    let planned: Value = ada.post("/api/s3/uploads", body).await.ok();
    let id = planned["uploads"][0]["upload_id"].as_str().unwrap();
    for (part, field) in [
        (json!({"part_number": 1, "size": 8 * MIB - 1}), "parts[0].size"),
        (json!({"part_number": 5, "size": 8 * MIB}), "parts[0].size"),
        (json!({"part_number": 6, "size": 1}), "parts[0].part_number"),
    ] {
        let error = sign(&ada, "big", id, json!([part])).await.error(400);
        assert!(error.fields.contains_key(field), "{field}: {error:?}");
    }
    sign(&ada, "big", id, json!([{"part_number": 5, "size": MIB}]))
        .await
        .ok::<Value>();
}

#[tokio::test]
async fn a_part_form_is_checked_like_any_other() {
    let app = TestApp::builder()
        .storage()
        .var("MAX_DIRECT_UPLOAD_BYTES", "1000")
        .build()
        .await;
    let ada = app.user("ada").await;
    let id = initiate(&ada, "a").await;
    let form = |number: &str, len: usize| {
        Form::new()
            .file("part", "application/octet-stream", &vec![1; len])
            .text("key", &ada.key("a"))
            .text("upload_id", &id)
            .text("part_number", number)
    };
    for number in ["0", "10001", "one", "-1", ""] {
        let error = ada
            .post_form("/api/s3/multipart/upload-part", form(number, 1))
            .await
            .error(400);
        assert!(error.fields.contains_key("part_number"), "{number}: {error:?}");
    }
    ada.post_form("/api/s3/multipart/upload-part", form("1", 1001))
        .await
        .error(413);
    assert_eq!(stored(&ada, "a", &id).await, json!([]));
    let sent: Value = ada
        .post_form("/api/s3/multipart/upload-part", form("10000", 1000))
        .await
        .ok();
    assert_eq!(sent["part_number"], 10_000);
    assert_eq!(stored(&ada, "a", &id).await[0]["etag"], sent["etag"]);
}
