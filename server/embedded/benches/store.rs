//! The embedded store against SeaweedFS on the same machine, over real HTTP, as a Markdown table.
//!
//! `cargo bench -p embedded`. Numbers are of one run; the ratio says more than either side alone.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on should say so and stop"
)]
#![expect(clippy::print_stdout, reason = "the table is its result")]

#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use futures::StreamExt as _;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use support::seaweed::Seaweed;
use support::store::Running;

const AT_ONCE: usize = 32;
const SMALL: usize = 4 << 10;
const LARGE: usize = 64 << 20;
const SMALL_COUNT: usize = SEAWEED_KEYS;
const LARGE_COUNT: usize = 8;
/// A million keys in SeaweedFS must be put one by one, so it is asked for a page of fewer.
const SEAWEED_KEYS: usize = 2_000;
const KEYS: i64 = 1_000_000;

/// Runs `count` calls, `at_once` at a time, and answers how long all took.
async fn timed<F: Future<Output = ()>>(count: usize, at_once: usize, call: impl Fn(usize) -> F) -> Duration {
    let start = Instant::now();
    futures::stream::iter(0..count)
        .map(call)
        .buffer_unordered(at_once)
        .collect::<Vec<()>>()
        .await;
    start.elapsed()
}

async fn put(client: &Client, key: String, body: bytes::Bytes) {
    client
        .put_object()
        .bucket("bench")
        .key(key)
        .body(ByteStream::from(body))
        .send()
        .await
        .unwrap();
}

async fn get(client: &Client, key: String) {
    let mut body = client
        .get_object()
        .bucket("bench")
        .key(key)
        .send()
        .await
        .unwrap()
        .body;
    while let Some(chunk) = body.next().await {
        chunk.unwrap();
    }
}

/// Small PUTs and GETs a second; large ones in MiB a second; a page of 1,000 in milliseconds.
struct Figures {
    put: f64,
    get: f64,
    write: f64,
    read: f64,
    list: f64,
}

async fn measure(client: &Client) -> Figures {
    client.create_bucket().bucket("bench").send().await.unwrap();
    let small = bytes::Bytes::from(support::bytes(1, SMALL));
    let large = bytes::Bytes::from(support::bytes(2, LARGE));
    let rate = |count: usize, took: Duration| count as f64 / took.as_secs_f64();
    let mib = (LARGE >> 20) as f64;
    let took = timed(SMALL_COUNT, AT_ONCE, |n| {
        put(client, format!("small/{n:06}"), small.clone())
    })
    .await;
    let put_rate = rate(SMALL_COUNT, took);
    let took = timed(SMALL_COUNT, AT_ONCE, |n| get(client, format!("small/{n:06}"))).await;
    let get_rate = rate(SMALL_COUNT, took);
    let took = timed(LARGE_COUNT, 2, |n| {
        put(client, format!("large/{n}"), large.clone())
    })
    .await;
    let write = rate(LARGE_COUNT, took) * mib;
    let took = timed(LARGE_COUNT, 2, |n| get(client, format!("large/{n}"))).await;
    let read = rate(LARGE_COUNT, took) * mib;
    Figures {
        put: put_rate,
        get: get_rate,
        write,
        read,
        list: 0.0,
    }
}

/// The median of 21 pages of 1,000, in milliseconds.
async fn page(client: &Client, after: &str) -> f64 {
    let mut times = Vec::new();
    for _ in 0..21 {
        let start = Instant::now();
        let page = client
            .list_objects_v2()
            .bucket("bench")
            .start_after(after)
            .send()
            .await
            .unwrap();
        assert_eq!(page.contents().len(), 1000);
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Gives the bucket a million keys behind the store's back: what is measured is the listing.
async fn fill(running: &Running) {
    let file = running.folder().join("store/meta.db");
    let mut db = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file))
        .await
        .unwrap();
    sqlx::query(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
         INSERT INTO versions (id, bucket, key, nonce, latest, marker, modified, size, etag, head)
         SELECT 10000000 + i, (SELECT id FROM buckets WHERE name = 'bench'), printf('million/%08d', i),
             i, 1, 0, 0, 1, 'd41d8cd98f00b204e9800998ecf8427e', '{}' FROM n",
    )
    .bind(KEYS)
    .execute(&mut db)
    .await
    .unwrap();
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let running = Running::with(|config| config.clock = Arc::new(embedded::SystemClock)).await;
        let client = running.root();
        let mut ours = measure(&client).await;
        fill(&running).await;
        ours.list = page(&client, "million/00500000").await;
        drop(running);

        let seaweed = Seaweed::start().await;
        let client = seaweed.client();
        let mut theirs = measure(&client).await;
        theirs.list = page(&client, "small/000500").await;

        println!("| | embedded | SeaweedFS | ratio |\n|---|---:|---:|---:|");
        let row = |what: &str, a: f64, b: f64| println!("| {what} | {a:.0} | {b:.0} | {:.2} |", a / b);
        row("PUT 4 KiB, operations/s, 32 at once", ours.put, theirs.put);
        row("GET 4 KiB, operations/s, 32 at once", ours.get, theirs.get);
        row("PUT 64 MiB, MiB/s, 2 at once", ours.write, theirs.write);
        row("GET 64 MiB, MiB/s, 2 at once", ours.read, theirs.read);
        println!(
            "| a page of 1,000, ms: of 1,000,000 keys; SeaweedFS of {SEAWEED_KEYS} | {:.1} | {:.1} | {:.2} |",
            ours.list,
            theirs.list,
            ours.list / theirs.list
        );
    });
}
