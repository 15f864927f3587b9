//! A page costs the same whatever lies behind it.
//!
//! Rows are put straight into the metadata, because what is measured is the index, and a million PUTs
//! would take longer than the test may.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use embedded::{Config, Store};
use futures::StreamExt as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use secrecy::ExposeSecret as _;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::net::TcpListener;

use crate::support::{self, store::Running};

const SMALL: i64 = 1_000;
const LARGE: i64 = 300_000;

async fn filled(dir: &std::path::Path) -> Client {
    let store = Store::open(Config::new(dir)).await.unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", socket.local_addr().unwrap());
    let key = store.root_key();
    let client = support::client(&endpoint, &key.access_key_id, key.secret.expose_secret(), None);
    tokio::spawn(async move { store.serve(socket, Store::limits(), std::future::pending()).await });
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

/// What S3 says a listing is, told in the plainest way.
fn model(keys: &BTreeSet<String>, prefix: &str, delimiter: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with(prefix)) {
        let rest = &key[prefix.len()..];
        let line = match rest.find(delimiter) {
            Some(at) if !delimiter.is_empty() => &key[..prefix.len() + at + delimiter.len()],
            _ => key,
        };
        if lines.last().is_none_or(|last| last != line) {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[tokio::test]
async fn listings_are_as_a_simple_model_says() {
    let running = Running::start().await;
    let client = running.root();
    client.create_bucket().bucket("model").send().await.unwrap();
    let mut random = StdRng::seed_from_u64(7);
    let mut name = |most: usize| -> String {
        let letters = ["a", "b", "/", "-", "ü", "\u{10ffff}", "0", "😀"];
        (0..random.random_range(0..=most))
            .map(|_| letters[random.random_range(0..letters.len())])
            .collect()
    };
    let keys: BTreeSet<String> = (0..250).map(|_| format!("k{}", name(6))).collect();
    futures::stream::iter(&keys)
        .for_each_concurrent(16, async |key| {
            client
                .put_object()
                .bucket("model")
                .key(key)
                .body(Vec::new().into())
                .send()
                .await
                .unwrap();
        })
        .await;
    for round in 0..60 {
        let prefix = format!("k{}", name(2));
        let delimiter = ["", "/", "ü", "-", "/a", "\u{10ffff}"][round % 6];
        let size = [1000, 7, 3][round % 3];
        let (mut lines, mut token) = (Vec::new(), None);
        loop {
            let list = client
                .list_objects_v2()
                .bucket("model")
                .prefix(&prefix)
                .max_keys(size);
            let list = if delimiter.is_empty() {
                list
            } else {
                list.delimiter(delimiter)
            };
            let page = list.set_continuation_token(token).send().await.unwrap();
            let mut found: Vec<String> = page.contents().iter().filter_map(|o| o.key.clone()).collect();
            found.extend(page.common_prefixes().iter().filter_map(|p| p.prefix.clone()));
            found.sort();
            lines.extend(found);
            token = page.next_continuation_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(
            lines,
            model(&keys, &prefix, delimiter),
            "prefix {prefix:?}, delimiter {delimiter:?}, {size}"
        );
        let versions = client.list_object_versions().bucket("model").prefix(&prefix);
        let versions = if delimiter.is_empty() {
            versions
        } else {
            versions.delimiter(delimiter)
        };
        let page = versions.send().await.unwrap();
        let mut found: Vec<String> = page.versions().iter().filter_map(|v| v.key.clone()).collect();
        found.extend(page.common_prefixes().iter().filter_map(|p| p.prefix.clone()));
        found.sort();
        assert_eq!(
            found,
            model(&keys, &prefix, delimiter),
            "versions: prefix {prefix:?}, delimiter {delimiter:?}"
        );
    }
}
