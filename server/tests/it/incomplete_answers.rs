//! Storage whose answers lack a field: everything goes on, and nothing is taken for a value that was not said.
//! `docs/storage.md` says the same in words.

use app::features::files::types::{DeleteObjectsResponse, ObjectMetadata, ObjectVersion, UndeleteResponse};
use http::Method;
use serde_json::{Value, json};

use crate::{
    archives::{self, Streamed},
    support::{Rewriting, TestApp, User},
    uploads::{MIB, bytes, put, read},
};

/// Every field that is read back, by itself; some also together with the other place where it is told. Headers are
/// written in lower case.
const FIELDS: &[&[&str]] = &[
    &[],
    &["etag"],
    &["ETag"],
    &["last-modified"],
    &["LastModified"],
    &["last-modified", "LastModified"],
    &["content-length"],
    &["Size"],
    &["content-type"],
    &["x-amz-version-id"],
    &["VersionId"],
    &["IsLatest"],
    &["x-amz-storage-class", "StorageClass"],
    &["x-amz-checksum-crc32c", "x-amz-checksum-sha256"],
    &["ChecksumCRC32C", "ChecksumSHA256"],
    &["x-amz-checksum-type", "ChecksumType", "ChecksumAlgorithm"],
    &["content-range"],
    &["accept-ranges"],
    &["date"],
    &["x-amz-request-id"],
    &["IsTruncated"],
    &["NextContinuationToken"],
    &["NextPartNumberMarker"],
    &["EncodingType"],
    &["KeyCount", "MaxKeys", "MaxParts", "Name", "Delimiter"],
    &["DeleteMarker"],
    &["DeleteMarkerVersionId"],
    &["Initiated", "DisplayName"],
    &["Location", "Bucket"],
];

#[tokio::test]
async fn each_field_may_be_missing() {
    let proxy = Rewriting::start().await;
    let app = proxy.app().await;
    for (turn, fields) in FIELDS.iter().enumerate() {
        eprintln!("without {fields:?}");
        // Names of one turn's own, and somebody new, so that nothing is left from the turn before.
        let ada = app.user(&format!("ada{turn}")).await;
        proxy.leave_out(fields);
        let without = |name: &str| fields.contains(&name);
        small_files(&ada, &without).await;
        archive(&ada, &without).await;
        deleting(&ada, &without).await;
        parts(&app, &ada).await;
        proxy.leave_out(&[]);
        assert_eq!(read(&ada, "big").await.len(), 5 * MIB + 4, "without {fields:?}");
    }
}

async fn small_files(ada: &User, without: &impl Fn(&str) -> bool) {
    let names = ["a b+c.txt", "100% \u{e9}", "d/one", "d/two", "e"];
    for name in names {
        ada.upload(name, "text/plain", b"0123456789").await;
    }
    // Pages of two hold everything once, in order.
    for recursive in [false, true] {
        let (mut keys, mut token) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/s3/objects?max_keys=2&recursive={recursive}{token}");
            let page: Value = ada.get(&path).await.ok();
            keys.extend(
                page["objects"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|o| o["key"].clone()),
            );
            match page["continuation_token"].as_str() {
                Some(next) => token = format!("&continuation_token={next}"),
                None => break,
            }
        }
        let shown = if recursive {
            &["100% \u{e9}", "a b+c.txt", "d/one", "d/two", "e"][..]
        } else {
            &["100% \u{e9}", "a b+c.txt", "d/", "e"]
        };
        let expected: Vec<_> = shown.iter().map(|name| json!(ada.key(name))).collect();
        assert_eq!(keys, expected);
    }

    let path = format!("/api/s3/object/metadata?key={}", ada.query_key("e"));
    let head: ObjectMetadata = ada.get(&path).await.ok();
    assert_eq!(head.content_length, 10);
    assert_eq!(head.etag, "781e5e245d69b566979b86e28d23f2c7");
    let is_told_nowhere = without("last-modified") && without("LastModified");
    assert_eq!(head.last_modified.is_none(), is_told_nowhere);

    let object = format!("/api/s3/object?key={}", ada.query_key("e"));
    let whole = ada.get(&object).await;
    assert_eq!((whole.status.as_u16(), whole.text()), (200, "0123456789"));
    let part = ada.client.clone().with("range", "bytes=2-4").get(&object).await;
    if without("content-range") {
        assert_eq!((part.status.as_u16(), part.text()), (200, "0123456789"));
    } else {
        assert_eq!((part.status.as_u16(), part.text()), (206, "234"));
        assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    }
    let tag = format!("\"{}\"", head.etag);
    let same = ada.client.clone().with("if-none-match", tag).get(&object).await;
    assert_eq!(same.status, 304);

    let plan = json!({"files": [{"key": ada.key("e"), "size": 3}], "on_conflict": "report"});
    let planned: Value = ada.post("/api/s3/uploads", plan).await.ok();
    let conflict = &planned["uploads"][0];
    assert_eq!(
        (&conflict["method"], &conflict["size"]),
        (&json!("conflict"), &json!(10))
    );
}

async fn archive(ada: &User, without: &impl Fn(&str) -> bool) {
    let streamed = Streamed::read(ada.open(&archives::folder(ada, "d/")).await).await;
    assert_eq!(streamed.status, 200);
    // A file that was taken for an empty one is not packed as such.
    assert_eq!(streamed.broken.is_some(), without("Size"));
    if !without("Size") {
        let archive = archives::on_disk(&streamed.body);
        let found = archives::by_python(archive.path());
        assert_eq!(archives::names(&found), ["one", "two"]);
        ada.upload("a.zip", "application/zip", &streamed.body).await;
        let path = format!("/api/s3/archive/entry?name=one&key={}", ada.query_key("a.zip"));
        let entry = ada.get(&path).await;
        if without("content-range") {
            entry.error(501);
        } else {
            assert_eq!(entry.text(), "0123456789");
        }
    }
}

async fn deleting(ada: &User, without: &impl Fn(&str) -> bool) {
    let keys = [ada.key("d/one"), ada.key("a b+c.txt")];
    let deleted: DeleteObjectsResponse = ada
        .delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok();
    assert_eq!((deleted.deleted.len(), deleted.errors.len()), (2, 0));
    let path = format!("/api/s3/object/versions?key={}", ada.query_key("d/one"));
    let versions: Vec<ObjectVersion> = ada.get(&path).await.ok();
    assert_eq!(versions.len(), 2);
    if without("VersionId") {
        // Nothing tells the versions apart any more.
        return;
    }
    assert!(
        versions[0].is_delete_marker && versions[0].is_latest,
        "{versions:?}"
    );
    assert!(
        !versions[1].is_delete_marker && !versions[1].is_latest,
        "{versions:?}"
    );
    assert_eq!(deleted.markers.len(), 2, "both can be brought back");
    let back: UndeleteResponse = ada
        .post("/api/s3/objects/undelete", json!({"markers": deleted.markers}))
        .await
        .ok();
    assert_eq!((back.restored.len(), back.errors.len()), (2, 0));
    assert_eq!(read(ada, "d/one").await, b"0123456789");
}

async fn parts(app: &TestApp, ada: &User) {
    let begin = json!({"key": ada.key("big"), "checksum_algorithm": "CRC32C"});
    let begun: Value = ada.post("/api/s3/multipart/initiate", begin).await.ok();
    let id = begun["upload_id"].as_str().unwrap();
    let contents = [bytes(5 * MIB), b"tail".to_vec()];
    let checksums = ["CatQ4g==", "B21LrQ=="];
    let mut named = Vec::new();
    for ((number, content), checksum) in (1..).zip(&contents).zip(checksums) {
        let checksum = json!({"algorithm": "CRC32C", "value": checksum});
        let part = json!({"part_number": number, "size": content.len(), "checksum": checksum});
        let request = json!({"key": ada.key("big"), "upload_id": id, "parts": [part]});
        let signed: Value = ada.post("/api/s3/multipart/parts", request).await.ok();
        let stored = put(&signed["parts"][0], content.clone()).await;
        assert_eq!(stored.status(), 200);
        let etag = stored
            .headers()
            .get("etag")
            .map_or("", |etag| etag.to_str().unwrap());
        named.push(json!({"part_number": number, "etag": etag, "checksum": checksum}));
    }
    // What a client that was reloaded goes on from.
    let query = format!("key={}&upload_id={id}", ada.query_key("big"));
    let there: Value = ada.get(&format!("/api/s3/multipart/parts?{query}")).await.ok();
    for (number, content) in contents.iter().enumerate() {
        let part = &there["parts"][number];
        assert_eq!(part["size"], content.len());
        assert_eq!(part["checksum"]["value"], checksums[number]);
    }
    if named[0]["etag"] == "" {
        named = there["parts"].as_array().unwrap().clone();
        for part in &mut named {
            part.as_object_mut().unwrap().remove("size");
        }
    }
    let complete = json!({"key": ada.key("big"), "upload_id": id, "parts": named});
    let done: Value = ada
        .post("/api/s3/multipart/complete", complete.clone())
        .await
        .ok();
    assert!(
        done["etag"].as_str().is_some_and(|etag| etag.ends_with("-2")),
        "{done}"
    );
    let again: Value = ada.post("/api/s3/multipart/complete", complete).await.ok();
    assert_eq!(again, done);

    let begin = json!({"key": ada.key("left")});
    ada.post("/api/s3/multipart/initiate", begin).await.ok::<Value>();
    let unfinished: Value = ada.get("/api/s3/multipart").await.ok();
    assert_eq!(unfinished["uploads"].as_array().unwrap().len(), 1);
    app.state.reaper.round().await.unwrap();
    let head = ada
        .request(
            Method::HEAD,
            &format!("/api/s3/object?key={}", ada.query_key("big")),
            axum::body::Body::empty(),
            None,
        )
        .await;
    assert_eq!(head.status, 200);
}
