//! Content type, metadata and tags, changed without a new upload.

use std::collections::BTreeMap;

use app::features::files::{
    types::{ObjectMetadata, ObjectVersion},
    types_history::CurrentObject,
    types_stored::ObjectTags,
};
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use super::without_versions;
use crate::{
    support::{TestApp, User},
    uploads::{completion, initiate, read, send_part},
};

async fn change(who: &User, name: &str, mut what: Value) -> CurrentObject {
    what["key"] = who.key(name).into();
    who.patch("/api/s3/object/metadata", what).await.ok()
}

async fn metadata(who: &User, name: &str) -> ObjectMetadata {
    who.get(&format!("/api/s3/object/metadata?key={}", who.query_key(name)))
        .await
        .ok()
}

async fn tags(who: &User, name: &str) -> BTreeMap<String, String> {
    let found: ObjectTags = who
        .get(&format!("/api/s3/object/tags?key={}", who.query_key(name)))
        .await
        .ok();
    found.tags
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn what_is_named_changes_and_all_else_stays() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    app.storage()
        .sdk()
        .put_object()
        .bucket("forepeak")
        .key(ada.key("a"))
        .content_type("text/csv")
        .content_encoding("identity")
        .content_language("de")
        .content_disposition("attachment; filename=x")
        .cache_control("no-store")
        .metadata("old", "1")
        .tagging("kind=a")
        .body(ByteStream::from_static(b"bytes"))
        .send()
        .await
        .unwrap();
    let before = metadata(&ada, "a").await;

    let current = change(&ada, "a", json!({"content_type": "text/plain"})).await;
    let after = metadata(&ada, "a").await;
    assert_eq!(
        (&after.etag, &after.version_id),
        (&current.etag, &current.version_id)
    );
    let expected = ObjectMetadata {
        content_type: "text/plain".to_owned(),
        version_id: after.version_id.clone(),
        last_modified: after.last_modified,
        ..before.clone()
    };
    assert_eq!(after, expected, "ETag, headers and metadata are as they were");
    assert_eq!(tags(&ada, "a").await, map(&[("kind", "a")]));

    change(
        &ada,
        "a",
        json!({"metadata": {"new": "2"}, "tags": {"a b": "c/d", "e": ""}}),
    )
    .await;
    let after = metadata(&ada, "a").await;
    assert_eq!(after.metadata, map(&[("new", "2")]));
    assert_eq!(
        (after.content_type.as_str(), after.cache_control.as_deref()),
        ("text/plain", Some("no-store"))
    );
    assert_eq!(tags(&ada, "a").await, map(&[("a b", "c/d"), ("e", "")]));

    // Tags alone make no version; none at all takes them away.
    let before = app.inventory().await;
    let tagged = change(&ada, "a", json!({"tags": {"only": "one"}})).await;
    assert_eq!(tagged.version_id, after.version_id);
    assert_eq!(tags(&ada, "a").await, map(&[("only", "one")]));
    change(&ada, "a", json!({"tags": {}})).await;
    assert_eq!(tags(&ada, "a").await, map(&[]));
    change(&ada, "a", json!({"metadata": {}})).await;
    assert_eq!(metadata(&ada, "a").await.metadata, map(&[]));
    assert_eq!(app.inventory().await.len(), before.len() + 1);
    assert_eq!(read(&ada, "a").await, b"bytes");

    let all: Vec<ObjectVersion> = ada
        .get(&format!("/api/s3/object/versions?key={}", ada.query_key("a")))
        .await
        .ok();
    let old = &all.last().unwrap().version_id;
    let named = format!("key={}&version_id={old}", ada.query_key("a"));
    let found: ObjectTags = ada.get(&format!("/api/s3/object/tags?{named}")).await.ok();
    assert_eq!(found.tags, map(&[("kind", "a")]), "each version has its own");
}

#[tokio::test]
async fn the_mark_of_an_upload_stays_hidden_and_kept() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.key("parts");
    let upload = initiate(&ada, "parts").await;
    let part = send_part(&ada, "parts", &upload, 1, b"part".to_vec()).await;
    ada.post(
        "/api/s3/multipart/complete",
        completion(&ada, "parts", &upload, &[part]),
    )
    .await
    .ok::<Value>();
    change(&ada, "parts", json!({"metadata": {"other": "2"}})).await;
    assert_eq!(metadata(&ada, "parts").await.metadata, map(&[("other", "2")]));
    let head = app.storage().sdk().head_object().bucket("forepeak").key(&key);
    let head = head.send().await.unwrap();
    assert!(
        head.metadata().unwrap().contains_key("forepeak-upload"),
        "{head:?}"
    );
}

#[tokio::test]
async fn what_storage_would_refuse_is_refused_by_name() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a", "text/plain", b"x").await;
    let before = (app.inventory().await, metadata(&ada, "a").await);
    let eleven: BTreeMap<_, _> = (0..11).map(|n| (format!("t{n}"), "x")).collect();
    for (what, field) in [
        (json!({}), "metadata"),
        (json!({"content_type": "text"}), "content_type"),
        (json!({"content_type": "text/plain\r\nx: y"}), "content_type"),
        (json!({"metadata": {"A": "x"}}), "metadata.A"),
        (json!({"metadata": {"a b": "x"}}), "metadata.a b"),
        (json!({"metadata": {"a": "ä"}}), "metadata.a"),
        (
            json!({"metadata": {"forepeak-upload": "x"}}),
            "metadata.forepeak-upload",
        ),
        (json!({"metadata": {"a": "x".repeat(2048)}}), "metadata"),
        (json!({"tags": eleven}), "tags"),
        (json!({"tags": {"": "x"}}), "tags."),
        (json!({"tags": {"aws:x": "x"}}), "tags.aws:x"),
        (json!({"tags": {"a": "x".repeat(257)}}), "tags.a"),
        (json!({"tags": {"a": "a\nb"}}), "tags.a"),
        (json!({"cache_control": "no-store"}), "cache_control"),
    ] {
        let mut body = what.clone();
        body["key"] = key.clone().into();
        let error = ada.patch("/api/s3/object/metadata", body).await.error(400);
        assert!(error.fields.contains_key(field), "{what}: {error:?}");
    }
    let absent = json!({"key": ada.key("none"), "tags": {}});
    ada.patch("/api/s3/object/metadata", absent).await.error(404);
    ada.get(&format!("/api/s3/object/tags?key={}", ada.query_key("none")))
        .await
        .error(404);
    assert_eq!((app.inventory().await, metadata(&ada, "a").await), before);
}

/// Of many who change one object at once each is told whether theirs was done, and none is lost that was.
#[tokio::test]
async fn of_those_who_change_it_at_once_none_is_lost() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a", "text/plain", b"x").await;
    let asking = (0..16).map(|n| {
        let body = json!({"key": key, "metadata": {"n": n.to_string()}});
        let ada = ada.clone();
        async move { ada.patch("/api/s3/object/metadata", body).await }
    });
    let answers = futures::future::join_all(asking).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in &answers {
        assert!(matches!(answer.status.as_u16(), 200 | 412), "{}", answer.text());
    }
    let versions: Vec<ObjectVersion> = ada
        .get(&format!("/api/s3/object/versions?key={}", ada.query_key("a")))
        .await
        .ok();
    assert_eq!(versions.len(), done + 1);
}

#[tokio::test]
async fn it_works_where_no_versions_are_kept() {
    let (_storage, app) = without_versions().await;
    let ada = app.user("ada").await;
    ada.upload("a", "text/plain", b"bytes").await;
    let current = change(&ada, "a", json!({"content_type": "text/csv", "tags": {"a": "b"}})).await;
    assert_eq!(current.version_id, None);
    change(&ada, "a", json!({"tags": {"c": "d"}})).await;
    assert_eq!(metadata(&ada, "a").await.content_type, "text/csv");
    assert_eq!(tags(&ada, "a").await, map(&[("c", "d")]));
    assert_eq!(read(&ada, "a").await, b"bytes");
}
