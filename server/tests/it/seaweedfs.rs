//! The same routes in front of a storage server that is not ours.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use seaweed::{ID, SECRET, Seaweed};
use serde_json::{Value, json};
use server::platform::object_store::{ObjectStore, S3Config, S3Credentials, S3Store};

use crate::{
    support::{Form, TestApp, User, ports, tools},
    uploads::{MIB, bytes, completion, initiate, put, read, send_part},
};

#[path = "../../embedded/tests/it/support/seaweed.rs"]
mod seaweed;

/// What `seaweed` expects of its parent.
fn client(endpoint: &str, id: &str, secret: &str, _: Option<&str>) -> aws_sdk_s3::Client {
    crate::support::sdk(endpoint, id, secret)
}

fn code<T, E: ProvideErrorMetadata, R>(result: &Result<T, SdkError<E, R>>) -> String {
    let error = result.as_ref().err().and_then(SdkError::as_service_error);
    error
        .and_then(ProvideErrorMetadata::code)
        .unwrap_or_default()
        .to_owned()
}

async fn app(seaweed: &Seaweed) -> TestApp {
    let store = S3Store::new(S3Config {
        endpoint_url: Some(seaweed.endpoint.clone()),
        public_endpoint_url: None,
        region: Some("us-east-1".to_owned()),
        force_path_style: true,
        credentials: Some(S3Credentials {
            access_key_id: ID.to_owned(),
            secret_access_key: SECRET.into(),
        }),
        ca_bundle: None,
    })
    .await;
    let bucket = "forepeak".parse().unwrap();
    store.ensure_bucket(&bucket).await.unwrap();
    let origins = ["http://127.0.0.1:8000".to_owned()];
    store.allow_origins(&bucket, &origins).await.unwrap();
    store.allow_origins(&bucket, &origins).await.unwrap();
    let rules = seaweed
        .client()
        .get_bucket_cors()
        .bucket("forepeak")
        .send()
        .await
        .unwrap();
    assert_eq!(rules.cors_rules().len(), 1);
    TestApp::builder().store(store).build().await
}

/// One server for all of it: it takes seconds to start.
#[tokio::test]
async fn files_and_uploads_work_on_seaweedfs() {
    let seaweed = Seaweed::start().await;
    let app = app(&seaweed).await;
    let ada = app.user("ada").await;
    keys_are_kept(&ada).await;
    pages_join(&ada).await;
    a_download_is_pinned(&ada).await;
    a_put_is_exact(&ada).await;
    every_checksum_is_verified(&ada).await;
    parts_resume_and_complete_twice(&app, &ada).await;
    other_programs_keys_can_be_deleted(&seaweed, &ada).await;
    nothing_is_left(&ada).await;
}

async fn keys_are_kept(ada: &User) {
    // It stores `a//b` as `a/b`, so that one is left out.
    for path in [
        "a b+c.txt",
        "%2e%2e",
        "100%",
        "\u{e9}",
        "\u{1f4be} disk",
        "q?a=b&c#d",
        "..a/b..",
    ] {
        ada.upload(path, "text/plain", path.as_bytes()).await;
        assert_eq!(read(ada, path).await, path.as_bytes());
        let found = ada
            .get(&format!("/api/s3/object/metadata?key={}", ada.query_key(path)))
            .await;
        assert_eq!(found.ok::<Value>()["content_length"], path.len());
    }
    let part = ada.client.clone().with("range", "bytes=1-3");
    let part = part
        .get(&format!("/api/s3/object?key={}", ada.query_key("a b+c.txt")))
        .await;
    assert_eq!((part.status.as_u16(), part.text()), (206, " b+"));
    ada.get(&format!("/api/s3/object?key={}", ada.query_key("none")))
        .await
        .error(404);
    ada.post("/api/s3/folder", json!({"prefix": ada.key("folder")}))
        .await
        .ok::<Value>();
    ada.post("/api/s3/folder", json!({"prefix": ada.key("folder")}))
        .await
        .ok::<Value>();
}

async fn pages_join(ada: &User) {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page: Value = ada.get(&format!("/api/s3/objects?max_keys=2{token}")).await.ok();
        found.extend(
            page["objects"]
                .as_array()
                .unwrap()
                .iter()
                .map(|o| o["key"].as_str().unwrap().to_owned()),
        );
        match page["continuation_token"].as_str() {
            Some(next) => token = format!("&continuation_token={next}"),
            None => break,
        }
    }
    let mut expected: Vec<_> = [
        "a b+c.txt",
        "%2e%2e",
        "100%",
        "\u{e9}",
        "\u{1f4be} disk",
        "q?a=b&c#d",
        "..a/",
        "folder/",
    ]
    .iter()
    .map(|path| ada.key(path))
    .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    let found: Value = ada.get("/api/s3/search?query=DISK").await.ok();
    assert_eq!(found[0]["key"], ada.key("\u{1f4be} disk"));
}

async fn a_download_is_pinned(ada: &User) {
    let key = ada.upload("page.html", "text/html", b"<script>").await;
    let link: Value = ada
        .post("/api/s3/download", json!({"key": key, "disposition": "preview"}))
        .await
        .ok();
    let url = link["url"].as_str().unwrap();
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("inline")
    );
    for altered in [
        url.replace("page.html", "100%25"),
        url.replace("text%2Fplain", "text%2Fhtml"),
        url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"),
    ] {
        assert_ne!(altered, url);
        assert_eq!(reqwest::get(&altered).await.unwrap().status(), 403, "{altered}");
    }
}

async fn a_put_is_exact(ada: &User) {
    let file = json!({
        "key": ada.key("put"),
        "size": 5,
        "checksum": {"algorithm": "SHA256", "value": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="},
    });
    let plan = json!({"files": [file], "on_conflict": "report"});
    let planned: Value = ada.post("/api/s3/uploads", plan.clone()).await.ok();
    let signed = &planned["uploads"][0];
    assert_eq!(put(signed, b"hello!".into()).await.status(), 403);
    assert_eq!(put(signed, b"jello".into()).await.status(), 400);
    assert_eq!(put(signed, b"hello".into()).await.status(), 200);
    assert_eq!(put(signed, b"hello".into()).await.status(), 412);
    let planned: Value = ada.post("/api/s3/uploads", plan).await.ok();
    assert_eq!(planned["uploads"][0]["method"], "conflict");
    // What is written over is written over once.
    let over = json!({"files": [{"key": ada.key("put"), "size": 2}]});
    let planned: Value = ada.post("/api/s3/uploads", over).await.ok();
    assert_eq!(put(&planned["uploads"][0], b"ok".into()).await.status(), 200);
    assert_eq!(put(&planned["uploads"][0], b"no".into()).await.status(), 412);
    assert_eq!(read(ada, "put").await, b"ok");
}

/// Whole objects and parts, with each algorithm. SeaweedFS lists no checksums of parts, and joins none without them.
async fn every_checksum_is_verified(ada: &User) {
    for (algorithm, first, second) in [
        ("CRC32", "yIv8rA==", "fDe0XQ=="),
        ("CRC32C", "CatQ4g==", "B21LrQ=="),
        ("CRC64NVME", "bgp1IS1VSZg=", "sAra2CkCEgw="),
        (
            "SHA1",
            "RBkQhInzDJShS2Z85OUfzGKtixk=",
            "+/XyoodbO7Zbjjsj5swB1YyjBEc=",
        ),
        (
            "SHA256",
            "FrYy8Rz5UN2mfcTBhKP54Kof+kwYknu4l359qXyiW8o=",
            "DGL4du8d6oMN6fMsL0tG3W101Q0ViW4J71ovzUrH4dc=",
        ),
    ] {
        let contents = [bytes(5 * MIB), b"tail".to_vec()];
        let checksum = |value: &str| json!({"algorithm": algorithm, "value": value});
        let whole = json!({"key": ada.key("whole"), "size": 4, "checksum": checksum(second)});
        let planned: Value = ada.post("/api/s3/uploads", json!({"files": [whole]})).await.ok();
        assert_eq!(
            put(&planned["uploads"][0], b"head".into()).await.status(),
            400,
            "{algorithm}"
        );
        assert_eq!(
            put(&planned["uploads"][0], b"tail".into()).await.status(),
            200,
            "{algorithm}"
        );

        for names_checksums in [true, false] {
            let path = format!("parts of {algorithm}");
            let begin = json!({"key": ada.key(&path), "checksum_algorithm": algorithm});
            let begun: Value = ada.post("/api/s3/multipart/initiate", begin).await.ok();
            let id = begun["upload_id"].as_str().unwrap();
            let mut named = Vec::new();
            for ((number, content), value) in (1..).zip(&contents).zip([first, second]) {
                let part = json!({"part_number": number, "size": content.len(), "checksum": checksum(value)});
                let request = json!({"key": ada.key(&path), "upload_id": id, "parts": [part]});
                let signed: Value = ada.post("/api/s3/multipart/parts", request).await.ok();
                let mut other = content.clone();
                other[0] ^= 1;
                assert_eq!(put(&signed["parts"][0], other).await.status(), 400, "{algorithm}");
                let stored = put(&signed["parts"][0], content.clone()).await;
                assert_eq!(stored.status(), 200, "{algorithm}");
                let etag = stored.headers()["etag"].to_str().unwrap();
                let mut part = json!({"part_number": number, "etag": etag});
                if names_checksums {
                    part["checksum"] = checksum(value);
                }
                named.push(part);
            }
            let query = format!("key={}&upload_id={id}", ada.query_key(&path));
            let there: Value = ada.get(&format!("/api/s3/multipart/parts?{query}")).await.ok();
            assert_eq!(there["parts"][1]["checksum"], checksum(second));
            let done = completion(ada, &path, id, &named);
            ada.post("/api/s3/multipart/complete", done).await.ok::<Value>();
            assert_eq!(read(ada, &path).await.len(), 5 * MIB + 4, "{algorithm}");
        }

        // Through the server.
        let path = format!("forms of {algorithm}");
        let begin = json!({"key": ada.key(&path), "checksum_algorithm": algorithm});
        let begun: Value = ada.post("/api/s3/multipart/initiate", begin).await.ok();
        let id = begun["upload_id"].as_str().unwrap();
        let form = Form::new()
            .file("part", "application/octet-stream", b"tail")
            .text("key", &ada.key(&path))
            .text("upload_id", id)
            .text("part_number", "1");
        let sent: Value = ada.post_form("/api/s3/multipart/upload-part", form).await.ok();
        let done = completion(ada, &path, id, &[json!({"part_number": 1, "etag": sent["etag"]})]);
        ada.post("/api/s3/multipart/complete", done).await.ok::<Value>();
        assert_eq!(read(ada, &path).await, b"tail", "{algorithm}");
    }
}

async fn parts_resume_and_complete_twice(app: &TestApp, ada: &User) {
    let id = initiate(ada, "parts").await;
    let first = send_part(ada, "parts", &id, 1, bytes(5 * MIB)).await;
    let query = format!("key={}&upload_id={id}", ada.query_key("parts"));
    let there: Value = ada.get(&format!("/api/s3/multipart/parts?{query}")).await.ok();
    assert_eq!(there["parts"][0]["etag"], first["etag"]);
    let second = send_part(ada, "parts", &id, 2, b"tail".into()).await;
    let body = completion(ada, "parts", &id, &[first, second]);
    let done: Value = ada.post("/api/s3/multipart/complete", body.clone()).await.ok();
    sqlx::query("UPDATE uploads SET state = 'open', etag = NULL, version_id = NULL WHERE id = $1")
        .bind(&id)
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
    let again: Value = ada.post("/api/s3/multipart/complete", body).await.ok();
    assert_eq!(done["etag"], again["etag"]);
    assert_eq!(read(ada, "parts").await.len(), 5 * MIB + 4);

    let id = initiate(ada, "aborted").await;
    send_part(ada, "aborted", &id, 1, b"x".into()).await;
    let named = json!({"key": ada.key("aborted"), "upload_id": id});
    ada.delete_json("/api/s3/multipart", named).await.ok::<Value>();
    app.state.uploads.reap().await.unwrap();
}

/// Of those that ours are refused it stores some; it takes two of them in no list of keys to delete.
async fn other_programs_keys_can_be_deleted(seaweed: &Seaweed, ada: &User) {
    let mut keys = Vec::new();
    for name in ["Icon\r", "a\u{1}b", "\u{fffe}", "f/\u{ffff}"] {
        let put = seaweed
            .client()
            .put_object()
            .bucket("forepeak")
            .key(ada.key(name));
        put.send().await.unwrap();
        keys.push(ada.key(name));
    }
    ada.upload("f/good", "text/plain", b"x").await;
    keys.push(ada.key("f/good"));
    let deleted: Value = ada
        .delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok();
    assert_eq!(
        (&deleted["deleted"], &deleted["errors"]),
        (&json!(keys), &json!([]))
    );
    // It refuses these itself; nothing is named to it that it could read as another.
    let across = json!({"keys": [ada.key("../a b+c.txt")]});
    ada.delete_json("/api/s3/objects", across).await.error(400);
}

async fn nothing_is_left(ada: &User) {
    let all: Value = ada.get("/api/s3/objects?recursive=true&max_keys=1000").await.ok();
    let keys: Vec<_> = all["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["key"].clone())
        .collect();
    let deleted: Value = ada
        .delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok();
    assert_eq!(deleted["errors"], json!([]));
    let all: Value = ada.get("/api/s3/objects?recursive=true").await.ok();
    assert_eq!(all["objects"], json!([]));
}
