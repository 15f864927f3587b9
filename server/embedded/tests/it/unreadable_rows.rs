//! Rows with values that this store would not have written are errors: none is taken for another value.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::code;
use crate::support::store::Running;

/// Runs a statement behind the store's back, whatever the schema's checks say of it.
async fn write(running: &Running, statement: &'static str) {
    let file = running.folder().join("store/meta.db");
    let options = SqliteConnectOptions::new()
        .filename(file)
        .pragma("ignore_check_constraints", "ON");
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let done = sqlx::query(statement).execute(&mut db).await.unwrap();
    assert_eq!(done.rows_affected(), 1, "{statement}");
    db.close().await.unwrap();
}

async fn get(s3: &Client) -> String {
    code(&s3.get_object().bucket("b-b").key("a").send().await)
}

async fn list(s3: &Client) -> String {
    code(&s3.list_objects_v2().bucket("b-b").send().await)
}

#[tokio::test]
async fn what_the_store_would_not_have_written_is_an_error() {
    let running = Running::start().await;
    let s3 = running.root();
    s3.create_bucket().bucket("b-b").send().await.unwrap();
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    s3.put_bucket_versioning()
        .bucket("b-b")
        .versioning_configuration(enabled.build())
        .send()
        .await
        .unwrap();
    let put = async || {
        let body = ByteStream::from_static(b"hello");
        code(&s3.put_object().bucket("b-b").key("a").body(body).send().await)
    };
    assert_eq!((put().await, get(&s3).await, list(&s3).await), ok());

    write(&running, "UPDATE versions SET size = -1").await;
    assert_eq!((get(&s3).await, list(&s3).await), (fault(), fault()));
    write(&running, "UPDATE versions SET size = 5").await;

    write(&running, "UPDATE versions SET marker = 2").await;
    let versions = async || code(&s3.list_object_versions().bucket("b-b").send().await);
    assert_eq!(versions().await, fault());
    write(&running, "UPDATE versions SET marker = 0").await;
    assert_eq!(versions().await, "ok");

    write(&running, "UPDATE pieces SET len = -5").await;
    assert_eq!(get(&s3).await, fault());
    write(&running, "UPDATE pieces SET len = 5").await;

    // Taken for 'off', it would have the next write replace the version that is there.
    write(&running, "UPDATE buckets SET versioning = 'paused'").await;
    assert_eq!(put().await, fault());
    write(&running, "UPDATE buckets SET versioning = 'enabled'").await;
    assert_eq!((put().await, get(&s3).await, list(&s3).await), ok());
}

fn ok() -> (String, String, String) {
    ("ok".to_owned(), "ok".to_owned(), "ok".to_owned())
}

fn fault() -> String {
    "InternalError".to_owned()
}
