//! Uploads of 10,000 parts: their end must not keep others from writing.

use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use embedded::{Config, Store};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::code;
use crate::support::store::Running;

const PARTS: i32 = 10_000;
/// Larger than every id that the store gives during a test.
const FIRST: i64 = 10_000_000;
const ETAG: &str = "00000000000000000000000000000000";

/// An upload with as many parts as there can be, written behind the store's back: sending them would take minutes.
async fn upload(running: &Running, key: &str) -> String {
    let begin = running.root().create_multipart_upload().bucket("b-b").key(key);
    let id = begin.send().await.unwrap().upload_id.unwrap();
    let mut db = connect(&running.folder().join("store/meta.db")).await;
    const NUMBERS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)";
    for (table, columns) in [
        (
            "parts (upload, number, id, modified, size, etag)",
            "(SELECT max(id) FROM uploads), i, $2 + i, 0, 5 << 20, $3",
        ),
        (
            "pieces (owner, ordinal, blob, start, len)",
            "$2 + i, 0, $2 + i, 0, 5 << 20",
        ),
    ] {
        let statement = format!("INSERT INTO {table} {NUMBERS} SELECT {columns} FROM n");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(PARTS)
            .bind(FIRST)
            .bind(ETAG)
            .execute(&mut db)
            .await
            .unwrap();
    }
    db.close().await.unwrap();
    id
}

/// How many small objects are written while `work` goes on, and the longest that one of them took.
async fn writes_during<T>(s3: &Client, bucket: &str, work: impl Future<Output = T>) -> (T, usize, Duration) {
    let mut work = std::pin::pin!(work);
    let (mut count, mut longest) = (0, Duration::ZERO);
    loop {
        let began = Instant::now();
        let put = s3.put_object().bucket(bucket).key("small");
        let mut put = std::pin::pin!(put.body(ByteStream::from_static(b"x")).send());
        tokio::select! {
            biased;
            done = &mut work => return (done, count, longest),
            put = &mut put => put.unwrap(),
        };
        longest = longest.max(began.elapsed());
        count += 1;
    }
}

async fn rows(running: &Running, table: &'static str) -> i64 {
    count(&mut connect(&running.folder().join("store/meta.db")).await, table).await
}

async fn count(db: &mut SqliteConnection, table: &'static str) -> i64 {
    let count = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .fetch_one(db)
        .await
        .unwrap()
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_write_while_an_upload_of_10_000_parts_is_aborted() {
    let running = Running::start().await;
    let s3 = running.root();
    s3.create_bucket().bucket("b-b").send().await.unwrap();
    let id = upload(&running, "k").await;
    let began = Instant::now();
    let abort = s3.abort_multipart_upload().bucket("b-b").key("k").upload_id(&id);
    let (aborted, writes, longest) = writes_during(&s3, "b-b", abort.send()).await;
    aborted.unwrap();
    println!(
        "aborted in {:?}, {writes} writes meanwhile, the longest {longest:?}",
        began.elapsed()
    );
    assert!(writes >= 5, "{writes} writes in {:?}", began.elapsed());
    assert_eq!(
        (rows(&running, "parts").await, rows(&running, "uploads").await),
        (0, 0)
    );
    assert_eq!(rows(&running, "pieces WHERE owner > 10000000").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_of_10_000_parts_is_completed_and_leaves_nothing_but_its_object() {
    let running = Running::start().await;
    let s3 = running.root();
    s3.create_bucket().bucket("b-b").send().await.unwrap();
    let id = upload(&running, "k").await;
    let parts = (1..=PARTS).map(|n| CompletedPart::builder().part_number(n).e_tag(ETAG).build());
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect()));
    let complete = s3
        .complete_multipart_upload()
        .bucket("b-b")
        .key("k")
        .upload_id(&id);
    let began = Instant::now();
    let (completed, writes, longest) =
        writes_during(&s3, "b-b", complete.multipart_upload(parts.build()).send()).await;
    completed.unwrap();
    println!(
        "completed in {:?}, {writes} writes meanwhile, the longest {longest:?}",
        began.elapsed()
    );
    let head = s3.head_object().bucket("b-b").key("k").send().await.unwrap();
    assert_eq!(head.content_length, Some(i64::from(PARTS) * (5 << 20)));
    assert_eq!(
        (rows(&running, "parts").await, rows(&running, "uploads").await),
        (0, 0)
    );
    assert_eq!(rows(&running, "pieces WHERE owner > 10000000").await, 0);
    assert_eq!(
        rows(&running, "pieces WHERE blob > 10000000").await,
        i64::from(PARTS)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_write_while_a_bucket_goes_with_its_uploads() {
    let running = Running::start().await;
    let s3 = running.root();
    for bucket in ["b-b", "other"] {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    upload(&running, "k").await;
    let delete = s3.delete_bucket().bucket("b-b").send();
    let (deleted, writes, _) = writes_during(&s3, "other", delete).await;
    deleted.unwrap();
    assert!(writes >= 5, "{writes} writes");
    assert_eq!(
        (rows(&running, "parts").await, rows(&running, "uploads").await),
        (0, 0)
    );
}

/// What a crash between the steps leaves: the upload is gone for everyone, and the next start removes its rows.
#[tokio::test]
async fn what_a_crash_leaves_of_an_ended_upload_is_never_seen_and_goes_at_the_next_start() {
    let running = Running::start().await;
    let s3 = running.root();
    s3.create_bucket().bucket("b-b").send().await.unwrap();
    let id = upload(&running, "k").await;
    let mut db = connect(&running.folder().join("store/meta.db")).await;
    sqlx::query("UPDATE uploads SET ended = 1")
        .execute(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
    let listed = s3.list_parts().bucket("b-b").key("k").upload_id(&id).send().await;
    assert_eq!(code(&listed), "NoSuchUpload");
    let part = s3
        .upload_part()
        .bucket("b-b")
        .key("k")
        .upload_id(&id)
        .part_number(1);
    assert_eq!(
        code(&part.body(ByteStream::from_static(b"x")).send().await),
        "NoSuchUpload"
    );
    let aborted = s3
        .abort_multipart_upload()
        .bucket("b-b")
        .key("k")
        .upload_id(&id)
        .send()
        .await;
    assert_eq!(code(&aborted), "NoSuchUpload");
    let uploads = s3.list_multipart_uploads().bucket("b-b").send().await.unwrap();
    assert!(uploads.uploads().is_empty());

    let copy = running.folder().join("copy");
    std::fs::create_dir(&copy).unwrap();
    let mut db = connect(&running.folder().join("store/meta.db")).await;
    sqlx::query("VACUUM INTO $1")
        .bind(copy.join("meta.db").to_str().unwrap())
        .execute(&mut db)
        .await
        .unwrap();
    Store::open(Config::new(&copy)).await.unwrap().close().await;
    let mut db = connect(&copy.join("meta.db")).await;
    assert_eq!(
        (count(&mut db, "parts").await, count(&mut db, "uploads").await),
        (0, 0)
    );
}
