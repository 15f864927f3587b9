//! A page costs the same whatever lies behind it.
//!
//! Rows are put straight into the metadata, because what is measured is the index, and a million PUTs
//! would take longer than the test may.

use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use embedded::{Config, Store};
use secrecy::ExposeSecret as _;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::net::TcpListener;

use crate::support;

const SMALL: i64 = 1_000;
const LARGE: i64 = 300_000;

async fn filled(dir: &std::path::Path) -> Client {
    let store = Store::open(Config::new(dir)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let key = store.root_key();
    let client = support::client(&endpoint, &key.access_key_id, key.secret.expose_secret(), None);
    tokio::spawn(async move { store.serve(listener, std::future::pending()).await });
    for bucket in ["small", "large"] {
        client.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let mut db = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(dir.join("meta.db")))
        .await
        .unwrap();
    for (bucket, rows, offset) in [("small", SMALL, 0), ("large", LARGE, 10_000_000)] {
        // Half of the keys lie in ten folders, half beside them; every old version and marker counts too.
        sqlx::query(
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
             INSERT INTO versions (id, bucket, key, nonce, latest, marker, modified, size, etag, head)
             SELECT $3 + i, (SELECT id FROM buckets WHERE name = $1),
                 CASE WHEN i % 2 = 0 THEN printf('dir%d/%08d', i % 20 / 2, i) ELSE printf('file%08d', i) END,
                 i, 1, 0, 0, 1, 'd41d8cd98f00b204e9800998ecf8427e', '{}' FROM n",
        )
        .bind(bucket)
        .bind(rows)
        .bind(offset)
        .execute(&mut db)
        .await
        .unwrap();
    }
    client
}

/// The quickest of several, so that a busy machine does not decide.
async fn quickest(mut work: impl AsyncFnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..7 {
        let start = Instant::now();
        work().await;
        best = best.min(start.elapsed());
    }
    best
}

#[tokio::test]
async fn a_page_of_many_costs_as_much_as_a_page_of_few() {
    let dir = tempfile::tempdir().unwrap();
    let client = filled(dir.path()).await;
    let list = |bucket: &'static str| client.list_objects_v2().bucket(bucket);
    let folders = list("large").delimiter("/").max_keys(10).send().await.unwrap();
    assert_eq!(
        folders.common_prefixes().len(),
        10,
        "ten folders of {} keys are skipped",
        LARGE / 20
    );
    let versions = client
        .list_object_versions()
        .bucket("large")
        .delimiter("/")
        .max_keys(10)
        .send()
        .await
        .unwrap();
    assert_eq!(versions.common_prefixes().len(), 10);

    let few = quickest(async || drop(list("small").delimiter("/").max_keys(10).send().await.unwrap())).await;
    let many = quickest(async || drop(list("large").delimiter("/").max_keys(10).send().await.unwrap())).await;
    assert!(
        many < few * 5 + Duration::from_millis(5),
        "folders: {many:?} against {few:?}"
    );

    let few = quickest(async || drop(list("small").send().await.unwrap())).await;
    let deep = quickest(async || drop(list("large").start_after("file00200000").send().await.unwrap())).await;
    assert!(
        deep < few * 3 + Duration::from_millis(5),
        "a deep page: {deep:?} against {few:?}"
    );
}
