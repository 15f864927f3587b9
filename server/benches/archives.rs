//! How quickly archives come and what they take in memory, beside the same objects read straight from the store: many
//! small files, and large ones. Prints a Markdown table. Program and embedded store are one process here, as in
//! production's smallest form, so both count.
//!
//! `cargo bench -p server --bench archives`

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on should say so and stop"
)]
#![expect(clippy::print_stdout, reason = "the table is its result")]

#[path = "../tests/it/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the tests, which use all of it"
)]
mod support;

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http_body_util::BodyExt;

use support::{TestApp, User};

const SMALL_FILES: usize = 50_000;
const SMALL: usize = 4096;
const LARGE_FILES: usize = 8;
const LARGE: usize = 128 << 20;
const AT_ONCE: usize = 16;
const MIB: f64 = 1024.0 * 1024.0;

#[tokio::main]
async fn main() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    fill(&app, &ada, "small/", SMALL_FILES, SMALL).await;
    fill(&app, &ada, "large/", LARGE_FILES, LARGE).await;
    println!("| what | an archive | the store itself | ratio | most memory above idle |");
    println!("|---|---:|---:|---:|---:|");
    for (what, folder, files, size) in [
        ("50,000 files of 4 KiB", "small/", SMALL_FILES, SMALL),
        ("8 files of 128 MiB", "large/", LARGE_FILES, LARGE),
    ] {
        let itself = straight(&app, &ada, folder, files).await;
        let idle = resident();
        let (archive, first, most) = archive(&ada, folder).await;
        let rate = |took: Duration| {
            if size == SMALL {
                format!("{:.0} files/s", files as f64 / took.as_secs_f64())
            } else {
                format!("{:.0} MiB/s", (files * size) as f64 / MIB / took.as_secs_f64())
            }
        };
        println!(
            "| {what}; the first byte after {:.2} s | {} | {} | {:.2} | {:.0} MiB |",
            first.as_secs_f64(),
            rate(archive),
            rate(itself),
            itself.as_secs_f64() / archive.as_secs_f64(),
            most.saturating_sub(idle) as f64 / MIB
        );
    }
}

async fn fill(app: &TestApp, ada: &User, folder: &str, files: usize, size: usize) {
    let sdk = app.storage().sdk();
    let bytes = Bytes::from(vec![b'x'; size]);
    let put = |n: usize| {
        let key = ada.key(&format!("{folder}IMG_{n:06} at the sea.jpeg"));
        sdk.put_object()
            .bucket("forepeak")
            .key(key)
            .body(bytes.clone().into())
            .send()
    };
    let stored = stream::iter((0..files).map(put)).buffer_unordered(AT_ONCE);
    stored.try_for_each(async |_| Ok(())).await.unwrap();
}

/// Every object by itself, as many at once as an archive opens.
async fn straight(app: &TestApp, ada: &User, folder: &str, files: usize) -> Duration {
    let sdk = app.storage().sdk();
    let begun = Instant::now();
    let read = async |n: usize| {
        let key = ada.key(&format!("{folder}IMG_{n:06} at the sea.jpeg"));
        let mut body = sdk
            .get_object()
            .bucket("forepeak")
            .key(key)
            .send()
            .await
            .unwrap()
            .body;
        while body.try_next().await.unwrap().is_some() {}
    };
    // Large ones one after the other, as an archive must have them.
    let at_once = if files > AT_ONCE { AT_ONCE } else { 1 };
    stream::iter((0..files).map(read))
        .buffer_unordered(at_once)
        .for_each(async |()| {})
        .await;
    begun.elapsed()
}

/// How long it took, when its first byte came, and the most that was resident meanwhile.
async fn archive(ada: &User, folder: &str) -> (Duration, Duration, u64) {
    let begun = Instant::now();
    let mut response = ada
        .open(&format!("/api/s3/archive?prefix={}", ada.query_key(folder)))
        .await;
    let promised: u64 = response.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let (mut came, mut first, mut most, mut looked) = (0, Duration::ZERO, 0, Instant::now());
    while let Some(frame) = response.body_mut().frame().await {
        if came == 0 {
            first = begun.elapsed();
        }
        came += frame.unwrap().into_data().unwrap().len() as u64;
        if looked.elapsed() > Duration::from_millis(20) {
            most = most.max(resident());
            looked = Instant::now();
        }
    }
    assert_eq!(came, promised);
    (begun.elapsed(), first, most)
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}
