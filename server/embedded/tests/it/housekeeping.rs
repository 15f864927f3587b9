//! What stays on disk and what goes: versions, copies, aborted uploads, rubbish, one owner at a time.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use embedded::{Clock as _, Config, OpenError, Store};

use crate::support::store::Running;
use crate::support::{bytes, code};

async fn put(running: &Running, key: &str, body: Vec<u8>) {
    let put = running
        .root()
        .put_object()
        .bucket("b-b")
        .key(key)
        .body(ByteStream::from(body));
    put.send().await.unwrap();
}

/// Files are removed behind the answer; this waits for it, and fails when it does not come.
async fn settles_at(running: &Running, files: usize) {
    let wait = async {
        while running.blobs() != files {
            tokio::task::yield_now().await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(5), wait).await;
    assert!(outcome.is_ok(), "{} files instead of {files}", running.blobs());
}

/// As S3's do. A bucket keeps versions once it is told to.
#[tokio::test]
async fn new_buckets_keep_no_versions() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let versioning = root.get_bucket_versioning().bucket("b-b").send().await.unwrap();
    assert_eq!(versioning.status(), None);
    put(&running, "k", b"1".to_vec()).await;
    put(&running, "k", b"2".to_vec()).await;
    settles_at(&running, 1).await;
    root.delete_object().bucket("b-b").key("k").send().await.unwrap();
    let versions = root.list_object_versions().bucket("b-b").send().await.unwrap();
    assert_eq!(
        (versions.versions().len(), versions.delete_markers().len()),
        (0, 0)
    );
}

#[tokio::test]
async fn bytes_go_with_the_last_that_refers_to_them() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    put(&running, "k", b"1".to_vec()).await;
    put(&running, "k", b"2".to_vec()).await;
    settles_at(&running, 1).await;
    root.copy_object()
        .copy_source("b-b/k")
        .bucket("b-b")
        .key("copy")
        .send()
        .await
        .unwrap();
    assert_eq!(running.blobs(), 1, "a copy shares its source's bytes");
    root.delete_object().bucket("b-b").key("k").send().await.unwrap();
    let copy = root.get_object().bucket("b-b").key("copy").send().await.unwrap();
    assert_eq!(copy.body.collect().await.unwrap().to_vec(), b"2");
    root.delete_object()
        .bucket("b-b")
        .key("copy")
        .send()
        .await
        .unwrap();
    settles_at(&running, 0).await;
}

#[tokio::test]
async fn refused_writes_leave_nothing() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let wrong = root
        .put_object()
        .bucket("b-b")
        .key("k")
        .checksum_crc32("AAAAAA==");
    assert_eq!(
        code(&wrong.body(ByteStream::from_static(b"x")).send().await),
        "BadDigest"
    );
    put(&running, "k", b"1".to_vec()).await;
    let late = root.put_object().bucket("b-b").key("k").if_none_match("*");
    assert_eq!(
        code(&late.body(ByteStream::from_static(b"x")).send().await),
        "PreconditionFailed"
    );
    settles_at(&running, 1).await;
}

#[tokio::test]
async fn a_download_outlives_its_object() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let body = bytes(5, 24 << 20);
    put(&running, "k", body.clone()).await;
    let mut got = root
        .get_object()
        .bucket("b-b")
        .key("k")
        .send()
        .await
        .unwrap()
        .body;
    let first = got.next().await.unwrap().unwrap();
    root.delete_object().bucket("b-b").key("k").send().await.unwrap();
    assert_eq!(
        code(&root.get_object().bucket("b-b").key("k").send().await),
        "NoSuchKey"
    );
    let rest = got.collect().await.unwrap().to_vec();
    assert!([first.to_vec(), rest].concat() == body);
    settles_at(&running, 0).await;
}

#[tokio::test]
async fn abandoned_uploads_are_reaped() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let begin = || root.create_multipart_upload().bucket("b-b").key("k").send();
    let old = begin().await.unwrap().upload_id.unwrap();
    let part = root
        .upload_part()
        .bucket("b-b")
        .key("k")
        .upload_id(&old)
        .part_number(1);
    part.body(ByteStream::from_static(b"part")).send().await.unwrap();
    running.clock.advance(time::Duration::days(7));
    begin().await.unwrap();
    let reaped = running
        .store
        .reap_uploads(running.clock.now() - time::Duration::days(1))
        .await
        .unwrap();
    assert_eq!(reaped, 1);
    let left = root.list_multipart_uploads().bucket("b-b").send().await.unwrap();
    assert_eq!(left.uploads().len(), 1);
    settles_at(&running, 0).await;
}

#[tokio::test]
async fn a_folder_has_one_owner_and_rubbish_is_swept() {
    let dir = tempfile::tempdir().unwrap();
    let config = || Config::new(dir.path().join("store"));
    let store = Store::open(config()).await.unwrap();
    assert!(matches!(
        Store::open(config()).await,
        Err(OpenError::InUse { .. })
    ));
    let id = store.root_key().access_key_id.clone();
    store.close().await;
    let shard = dir.path().join("store/blobs/0000000000");
    std::fs::create_dir(&shard).unwrap();
    for name in ["001", "fff", "stray.tmp"] {
        std::fs::write(shard.join(name), "rubbish").unwrap();
    }
    let store = Store::open(config()).await.unwrap();
    assert_eq!(store.root_key().access_key_id, id);
    assert!(!shard.exists());
}
