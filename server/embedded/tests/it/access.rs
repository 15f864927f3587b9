//! Who may do what: every way around a key, its token and its grants is tried.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use embedded::{AccessKey, Grant, KeyStatus, NewKey, Permission};

use crate::support::store::Running;
use crate::support::{self, code};

async fn key(running: &Running, grants: Vec<Grant>) -> AccessKey {
    let new = NewKey {
        label: "test".into(),
        grants,
        expires_at: None,
        session_token: false,
    };
    running.store.keys().create(new).await.unwrap()
}

async fn filled() -> (Running, Client) {
    let running = Running::start().await;
    let root = running.root();
    for bucket in ["one", "two"] {
        root.create_bucket().bucket(bucket).send().await.unwrap();
        for key in ["users/ab/k", "users/abc/k", "top"] {
            put(&root, bucket, key).await.unwrap();
        }
    }
    (running, root)
}

async fn put(client: &Client, bucket: &str, key: &str) -> Result<(), String> {
    let put = client
        .put_object()
        .bucket(bucket)
        .key(key)
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    if put.is_ok() { Ok(()) } else { Err(code(&put)) }
}

async fn get(client: &Client, bucket: &str, key: &str) -> String {
    code(&client.get_object().bucket(bucket).key(key).send().await)
}

#[tokio::test]
async fn anonymous_and_unknown_callers_get_nothing() {
    let (running, _root) = filled().await;
    let http = reqwest::Client::new();
    for path in ["/", "/one", "/one/top", "/one?versions", "/none"] {
        let answer = http
            .get(format!("{}{path}", running.endpoint))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403, "{path}");
    }
    assert_eq!(
        http.put(format!("{}/one/new", running.endpoint))
            .body("x")
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    let form = http
        .post(format!("{}/one", running.endpoint))
        .header("content-type", "multipart/form-data; boundary=b");
    assert_eq!(form.body("--b--").send().await.unwrap().status(), 400);
    let id = &running.store.root_key().access_key_id;
    let wrong = support::client(&running.endpoint, id, "wrong", None);
    assert_eq!(get(&wrong, "one", "top").await, "SignatureDoesNotMatch");
    let unknown = support::client(&running.endpoint, "nobody", "wrong", None);
    assert_eq!(get(&unknown, "one", "top").await, "InvalidAccessKeyId");
}

#[tokio::test]
async fn a_prefix_is_a_wall() {
    let (running, _root) = filled().await;
    let key = key(
        &running,
        vec![Grant::within("one", "users/ab/", Permission::ReadWrite)],
    )
    .await;
    let client = running.client(&key);
    assert_eq!(get(&client, "one", "users/ab/k").await, "ok");
    assert_eq!(put(&client, "one", "users/ab/new").await, Ok(()));
    let denied = "AccessDenied".to_owned();
    for (bucket, key) in [
        ("one", "users/abc/k"),
        ("one", "top"),
        ("one", "users/ab"),
        ("two", "users/ab/k"),
    ] {
        assert_eq!(get(&client, bucket, key).await, denied, "{bucket}/{key}");
        assert_eq!(
            put(&client, bucket, key).await,
            Err(denied.clone()),
            "{bucket}/{key}"
        );
        let delete = client.delete_object().bucket(bucket).key(key).send().await;
        assert_eq!(code(&delete), denied);
        let begin = client
            .create_multipart_upload()
            .bucket(bucket)
            .key(key)
            .send()
            .await;
        assert_eq!(code(&begin), denied);
    }
    // A missing key of a stranger answers like one that is there.
    assert_eq!(get(&client, "one", "users/abc/none").await, denied);
    for (prefix, expected) in [
        (Some("users/ab/"), "ok"),
        (Some("users/ab/sub"), "ok"),
        (Some("users/ab"), "AccessDenied"),
        (None, "AccessDenied"),
    ] {
        let list = client
            .list_objects_v2()
            .bucket("one")
            .set_prefix(prefix.map(Into::into))
            .send()
            .await;
        assert_eq!(code(&list), expected, "{prefix:?}");
        let list = client
            .list_object_versions()
            .bucket("one")
            .set_prefix(prefix.map(Into::into))
            .send()
            .await;
        assert_eq!(code(&list), expected, "versions {prefix:?}");
        let list = client
            .list_multipart_uploads()
            .bucket("one")
            .set_prefix(prefix.map(Into::into))
            .send()
            .await;
        assert_eq!(code(&list), expected, "uploads {prefix:?}");
    }
    let buckets = client.list_buckets().send().await.unwrap();
    assert_eq!(
        buckets
            .buckets()
            .iter()
            .filter_map(|b| b.name())
            .collect::<Vec<_>>(),
        ["one"]
    );
    assert_eq!(code(&client.create_bucket().bucket("mine").send().await), denied);
    assert_eq!(code(&client.delete_bucket().bucket("one").send().await), denied);
    assert_eq!(code(&client.get_bucket_cors().bucket("one").send().await), denied);
}

#[tokio::test]
async fn a_reading_key_only_reads() {
    let (running, _root) = filled().await;
    let key = key(&running, vec![Grant::within("one", "", Permission::Read)]).await;
    let client = running.client(&key);
    assert_eq!(get(&client, "one", "top").await, "ok");
    assert_eq!(put(&client, "one", "top").await, Err("AccessDenied".into()));
    let tags = client
        .delete_object_tagging()
        .bucket("one")
        .key("top")
        .send()
        .await;
    assert_eq!(code(&tags), "AccessDenied");
}

#[tokio::test]
async fn a_copy_needs_its_source_and_its_target() {
    let (running, _root) = filled().await;
    let grants = vec![
        Grant::within("one", "users/ab/", Permission::ReadWrite),
        Grant::within("two", "users/ab/", Permission::Read),
    ];
    let client = running.client(&key(&running, grants).await);
    for (source, bucket, key, expected) in [
        ("two/users/ab/k", "one", "users/ab/copy", "ok"),
        ("one/users/abc/k", "one", "users/ab/stolen", "AccessDenied"),
        ("one/users%2Fabc%2Fk", "one", "users/ab/stolen", "AccessDenied"),
        ("one/users/ab/k", "two", "users/ab/k", "AccessDenied"),
    ] {
        let copy = client
            .copy_object()
            .copy_source(source)
            .bucket(bucket)
            .key(key)
            .send()
            .await;
        assert_eq!(code(&copy), expected, "{source}");
    }
    let begun = client
        .create_multipart_upload()
        .bucket("one")
        .key("users/ab/m")
        .send()
        .await
        .unwrap();
    let part = client
        .upload_part_copy()
        .bucket("one")
        .key("users/ab/m")
        .upload_id(begun.upload_id.unwrap());
    let part = part.part_number(1).copy_source("one/users/abc/k").send().await;
    assert_eq!(code(&part), "AccessDenied");
}

#[tokio::test]
async fn a_batch_delete_is_decided_key_by_key() {
    let (running, root) = filled().await;
    let key = key(
        &running,
        vec![Grant::within("one", "users/ab/", Permission::ReadWrite)],
    )
    .await;
    let ids =
        ["users/abc/k", "users/ab/k", "top"].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let batch = Delete::builder().set_objects(Some(ids.to_vec())).build().unwrap();
    let done = running
        .client(&key)
        .delete_objects()
        .bucket("one")
        .delete(batch)
        .send()
        .await
        .unwrap();
    assert_eq!(
        done.deleted().iter().filter_map(|d| d.key()).collect::<Vec<_>>(),
        ["users/ab/k"]
    );
    let errors: Vec<_> = done
        .errors()
        .iter()
        .map(|e| (e.key().unwrap(), e.code().unwrap()))
        .collect();
    assert_eq!(errors, [("users/abc/k", "AccessDenied"), ("top", "AccessDenied")]);
    assert_eq!(get(&root, "one", "users/abc/k").await, "ok");
    assert_eq!(get(&root, "one", "users/ab/k").await, "NoSuchKey");
}

#[tokio::test]
async fn session_tokens_are_demanded_and_compared() {
    let (running, _root) = filled().await;
    let new = NewKey {
        label: String::new(),
        grants: vec![Grant::within("one", "", Permission::Read)],
        expires_at: None,
        session_token: true,
    };
    let key = running.store.keys().create(new).await.unwrap();
    assert_eq!(get(&running.client(&key), "one", "top").await, "ok");
    let secret = secrecy::ExposeSecret::expose_secret(&key.secret);
    let with = |token: Option<&str>| support::client(&running.endpoint, &key.access_key_id, secret, token);
    assert_eq!(get(&with(None), "one", "top").await, "InvalidToken");
    assert_eq!(get(&with(Some("other")), "one", "top").await, "InvalidToken");
    let root = running.store.root_key();
    let secret = secrecy::ExposeSecret::expose_secret(&root.secret);
    let needless = support::client(&running.endpoint, &root.access_key_id, secret, Some("token"));
    assert_eq!(get(&needless, "one", "top").await, "InvalidToken");

    let minute = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let presign = |client: Client| {
        let minute = minute.clone();
        async move {
            client
                .get_object()
                .bucket("one")
                .key("top")
                .presigned(minute)
                .await
                .unwrap()
                .uri()
                .to_owned()
        }
    };
    let http = reqwest::Client::new();
    let url = presign(running.client(&key)).await;
    assert_eq!(http.get(&url).send().await.unwrap().status(), 200);
    let url = presign(with(None)).await;
    assert_eq!(http.get(&url).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn inactive_expired_and_deleted_keys_are_refused_at_once() {
    let (running, _root) = filled().await;
    let keys = running.store.keys();
    let grants = vec![Grant::within("one", "", Permission::Read)];
    let switched = key(&running, grants.clone()).await;
    let client = running.client(&switched);
    let minute = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let url = client
        .get_object()
        .bucket("one")
        .key("top")
        .presigned(minute)
        .await
        .unwrap()
        .uri()
        .to_owned();
    keys.set_status(&switched.access_key_id, KeyStatus::Inactive)
        .await
        .unwrap();
    assert_eq!(get(&client, "one", "top").await, "InvalidAccessKeyId");
    assert_eq!(
        reqwest::get(&url).await.unwrap().status(),
        403,
        "its presigned URLs end with it"
    );
    keys.set_status(&switched.access_key_id, KeyStatus::Active)
        .await
        .unwrap();
    assert_eq!(get(&client, "one", "top").await, "ok");
    assert!(keys.delete(&switched.access_key_id).await.unwrap());
    assert_eq!(get(&client, "one", "top").await, "InvalidAccessKeyId");

    let hour = embedded::Clock::now(&running.clock) + time::Duration::hours(1);
    let new = NewKey {
        label: String::new(),
        grants,
        expires_at: Some(hour),
        session_token: false,
    };
    let client = running.client(&keys.create(new).await.unwrap());
    running.clock.advance(time::Duration::minutes(59));
    assert_eq!(get(&client, "one", "top").await, "ok");
    running.clock.advance(time::Duration::minutes(1));
    assert_eq!(get(&client, "one", "top").await, "InvalidAccessKeyId");
    assert_eq!(keys.delete_expired().await.unwrap(), 1);
    assert_eq!(keys.list().len(), 0);
}
