use std::time::{Duration, Instant};

use app::features::uploads::types::{PlanResponse, UploadPlan};
use serde_json::{Value, json};

use super::{MIB, bytes, put, read};
use crate::support::{TestApp, User};

async fn plan(user: &User, body: Value) -> Value {
    user.post("/api/s3/uploads", body).await.ok()
}

#[tokio::test]
async fn a_small_file_is_one_put_and_comes_out_as_it_went_in() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let body = bytes(100_000);
    let file = json!({
        "key": ada.key("a.txt"),
        "size": body.len(),
        "content_type": "text/plain",
        "metadata": {"origin": "the camera"},
    });
    let planned = plan(&ada, json!({"files": [file]})).await;
    assert_eq!(planned["expires_in"], 900);
    let upload = &planned["uploads"][0];
    assert_eq!(
        (&upload["key"], &upload["method"]),
        (&json!(ada.key("a.txt")), &json!("put"))
    );
    // What a browser may not set by itself is signed, but not asked for.
    let headers = upload["headers"].as_object().unwrap();
    assert!(
        !headers.contains_key("content-length") && !headers.contains_key("host"),
        "{headers:?}"
    );
    assert!(upload["url"].as_str().unwrap().contains("content-length"));

    assert_eq!(put(upload, body.clone()).await.status(), 200);
    assert_eq!(read(&ada, "a.txt").await, body);
    let path = format!("/api/s3/object/metadata?key={}", ada.query_key("a.txt"));
    let metadata: Value = ada.get(&path).await.ok();
    assert_eq!(metadata["content_type"], "text/plain");
    assert_eq!(metadata["metadata"], json!({"origin": "the camera"}));
}

#[tokio::test]
async fn security_24_a_signed_put_takes_these_bytes_here_and_nothing_else() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let file = json!({
        "key": ada.key("a.txt"),
        "size": 5,
        "content_type": "text/plain",
        "checksum": {"algorithm": "SHA256", "value": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="},
    });
    let planned = plan(&ada, json!({"files": [file]})).await;
    let signed = planned["uploads"][0].clone();
    let url = signed["url"].as_str().unwrap();
    let with_url = |url: String| json!({"url": url, "headers": signed["headers"]});
    let with_header = |name: &str, value: &str| {
        let mut altered = signed.clone();
        altered["headers"][name] = json!(value);
        altered
    };
    for (what, request, body) in [
        ("a longer body", signed.clone(), "hello!"),
        ("a shorter body", signed.clone(), "hell"),
        ("another type", with_header("content-type", "text/html"), "hello"),
        (
            "another checksum",
            with_header("x-amz-checksum-sha256", "x"),
            "hello",
        ),
        ("another key", with_url(url.replace("a.txt", "b.txt")), "hello"),
        (
            "a longer life",
            with_url(url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000")),
            "hello",
        ),
        (
            "a part",
            with_url(format!("{url}&partNumber=1&uploadId=x")),
            "hello",
        ),
        ("no headers", json!({"url": url, "headers": {}}), "hello"),
    ] {
        let status = put(&request, body.into()).await.status();
        assert_eq!(status, 403, "{what}");
    }
    // Right in every way but for the bytes.
    assert_eq!(put(&signed, "jello".into()).await.status(), 400);
    let got = reqwest::get(url).await.unwrap();
    assert_eq!(got.status(), 403);
    assert!(app.inventory().await.is_empty());
    assert_eq!(put(&signed, "hello".into()).await.status(), 200);
}

#[tokio::test]
async fn a_large_file_comes_in_parts_of_which_the_first_are_signed() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let size = 32 * MIB + 1;
    let body = bytes(size);
    let planned = plan(&ada, json!({"files": [{"key": ada.key("big"), "size": size}]})).await;
    let upload = &planned["uploads"][0];
    assert_eq!(
        (&upload["method"], &upload["part_size"]),
        (&json!("multipart"), &json!(8 * MIB))
    );
    let parts = upload["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 5);
    let mut stored = Vec::new();
    for (part, chunk) in parts.iter().zip(body.chunks(8 * MIB)) {
        let answer = put(part, chunk.to_vec()).await;
        assert_eq!(answer.status(), 200);
        stored.push(
            json!({"part_number": part["part_number"], "etag": answer.headers()["etag"].to_str().unwrap()}),
        );
    }
    let done = json!({"key": ada.key("big"), "upload_id": upload["upload_id"], "parts": stored});
    let done: Value = ada.post("/api/s3/multipart/complete", done).await.ok();
    assert_eq!(done["message"], "File uploaded successfully");
    assert_eq!(read(&ada, "big").await, body);
    // The mark by which a lost completion is recognised is nobody's metadata.
    let path = format!("/api/s3/object/metadata?key={}", ada.query_key("big"));
    assert_eq!(ada.get(&path).await.ok::<Value>()["metadata"], json!({}));

    // With checksums to come nothing can be signed yet.
    let file = json!({"key": ada.key("big"), "size": size, "checksum_algorithm": "CRC32C"});
    let planned = plan(&ada, json!({"files": [file]})).await;
    assert_eq!(planned["uploads"][0]["parts"], json!([]));
}

#[tokio::test]
async fn conflicts_are_told_and_what_appears_meanwhile_is_kept() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("there", "text/plain", b"12345").await;
    let files = json!([{"key": ada.key("there"), "size": 1}, {"key": ada.key("new"), "size": 1}]);
    let planned = plan(&ada, json!({"files": files, "on_conflict": "report"})).await;
    let (there, new) = (&planned["uploads"][0], &planned["uploads"][1]);
    assert_eq!(
        (&there["method"], &there["size"]),
        (&json!("conflict"), &json!(5))
    );
    assert_eq!(new["headers"]["if-none-match"], "*");
    assert_eq!(put(new, b"x".into()).await.status(), 200);
    assert_eq!(put(new, b"y".into()).await.status(), 412);
    assert_eq!(read(&ada, "new").await, b"x");

    let planned = plan(&ada, json!({"files": files})).await;
    assert_eq!(planned["uploads"][0]["method"], "put");
    assert_eq!(put(&planned["uploads"][0], b"z".into()).await.status(), 200);
}

#[tokio::test]
async fn one_bad_file_does_not_hold_up_the_others() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let key = ada.key("a");
    let files = json!([
        {"key": key, "size": 1},
        {"key": key, "size": 1},
        {"key": bob.key("a"), "size": 1},
        {"key": ada.key("folder/"), "size": 1},
        {"key": ada.key("huge"), "size": 5_u64 * 1024 * 1024 * 1024 * 1024 + 1},
        {"key": ada.key("b"), "size": 1, "content_type": "no type"},
        {"key": ada.key("c"), "size": 1, "checksum": {"algorithm": "SHA256", "value": "eA=="}},
        {"key": ada.key("d"), "size": 1, "metadata": {"Upper": "x"}},
        {"key": ada.key("e"), "size": 0},
    ]);
    let planned: PlanResponse = ada.post("/api/s3/uploads", json!({"files": files})).await.ok();
    let told: Vec<_> = planned
        .uploads
        .iter()
        .map(|upload| match &upload.plan {
            UploadPlan::Refused { error } => format!("{:?}", error.code),
            UploadPlan::Put { .. } => "put".to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            "put",
            "Conflict",
            "PermissionDenied",
            "ValidationError",
            "PayloadTooLarge",
            "ValidationError",
            "ValidationError",
            "ValidationError",
            "put"
        ]
    );
    for files in [json!([]), json!(vec![json!({"key": key, "size": 1}); 501])] {
        let error = ada
            .post("/api/s3/uploads", json!({"files": files}))
            .await
            .error(400);
        assert!(error.fields.contains_key("files"));
    }
    for body in [
        json!({"files": [{"key": key, "size": -1}]}),
        json!({"files": [{"key": key}]}),
        json!({}),
    ] {
        ada.post("/api/s3/uploads", body).await.error(400);
    }
    let elsewhere = json!({"files": [{"key": key, "size": 1}], "bucket": "elsewhere"});
    ada.post("/api/s3/uploads", elsewhere).await.error(404);
}

#[tokio::test]
async fn five_thousand_files_are_planned_in_ten_requests() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let began = Instant::now();
    for batch in 0..10 {
        let files: Vec<_> = (0..500)
            .map(|n| json!({"key": ada.key(&format!("folder/{batch}/{n}.txt")), "size": 1_000}))
            .collect();
        let planned = plan(&ada, json!({"files": files, "on_conflict": "report"})).await;
        let uploads = planned["uploads"].as_array().unwrap();
        assert!(uploads.len() == 500 && uploads.iter().all(|upload| upload["method"] == "put"));
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
    eprintln!("5,000 files planned, each looked for first, in {took:?}");
}

#[tokio::test]
async fn metadata_fits_as_storage_counts_it_with_the_mark_of_an_upload_in_parts() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let file = |bytes: usize, size: usize| {
        let metadata = json!({"a": "x".repeat(bytes - 1)});
        json!({"key": ada.key("a"), "size": size, "metadata": metadata})
    };
    // 2,048 bytes, of which 51 are the mark's.
    for (size, room) in [(1, 2048), (33 * MIB, 1997)] {
        for (bytes, method) in [
            (room, if size == 1 { "put" } else { "multipart" }),
            (room + 1, "refused"),
        ] {
            let planned = plan(&ada, json!({"files": [file(bytes, size)]})).await;
            let upload = &planned["uploads"][0];
            assert_eq!(upload["method"], method, "{bytes} bytes beside {size}: {upload}");
            if size == 1 && method == "put" {
                assert_eq!(put(upload, b"x".into()).await.status(), 200);
            }
        }
    }
    for (bytes, status) in [(1997, 200), (1998, 400), (2048, 400), (2049, 400)] {
        let metadata = json!({"a": "x".repeat(bytes - 1)});
        let begin = json!({"key": ada.key("a"), "metadata": metadata});
        let answer = ada.post("/api/s3/multipart/initiate", begin).await;
        assert_eq!(answer.status, status, "{bytes}: {}", answer.text());
        if status == 400 {
            assert!(answer.error(400).fields["metadata"].contains("1997"));
        }
    }
}

/// NFC and NFD are two keys. A client that takes them for one name says so.
#[tokio::test]
async fn a_name_that_is_taken_in_another_form_is_reported_where_it_is_asked_for() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (composed, decomposed) = ("caf\u{e9}.txt", "cafe\u{301}.txt");
    ada.upload(decomposed, "text/plain", b"hello").await;
    let asked = async |also_as: &[String], on_conflict: &str| {
        let file = json!({"key": ada.key(composed), "size": 5, "also_as": also_as});
        let body = json!({"files": [file], "on_conflict": on_conflict});
        plan(&ada, body).await["uploads"][0].clone()
    };
    let other = [ada.key(decomposed)];
    let taken = asked(&other, "report").await;
    assert_eq!(
        (&taken["method"], &taken["existing_key"], &taken["size"]),
        (&json!("conflict"), &json!(other[0]), &json!(5))
    );
    assert_eq!(asked(&[], "report").await["method"], "put");
    assert_eq!(asked(&other, "overwrite").await["method"], "put");
    // It is looked for where the caller may look.
    let foreign = asked(&[bob.key(composed)], "report").await;
    assert_eq!(foreign["method"], "refused");
    assert_eq!(foreign["error"]["code"], "PERMISSION_DENIED");
    let many = vec![ada.key("x"); 5];
    assert_eq!(asked(&many, "report").await["error"]["code"], "VALIDATION_ERROR");
}
