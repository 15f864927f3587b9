//! A folder of 10,000 objects copied and moved by a job, beside `aws s3` and `rclone` at the same endpoint, one after the
//! other in turns; and the job undone. Prints a Markdown table of medians.
//!
//! `cargo bench -p server --bench moves`

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
use serde_json::{Value, json};
use tokio::process::Command;

use support::{TestApp, User, tools::tool};

const FILES: usize = 10_000;
const SIZE: usize = 1024;
const TURNS: usize = 3;
/// As many as a job has under way.
const AT_ONCE: &str = "16";

#[tokio::main]
async fn main() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    fill(&app, &ada).await;
    let mut figures = [const { Vec::new() }; 7];
    for turn in 0..TURNS {
        let [by_job, by_aws, by_rclone] = ["job", "aws", "rclone"].map(|who| format!("{who} {turn}/"));
        // Each copies the same folder, and moves its own copy.
        figures[0].push(job(&app, &ada, "/api/s3/copy", "from/", &by_job).await.0);
        figures[1].push(aws(&app, &ada, "cp", "from/", &by_aws).await);
        figures[2].push(rclone(&app, &ada, "copy", "from/", &by_rclone).await);
        let moved = |folder: &str| format!("moved by {folder}");
        let (took, id) = job(&app, &ada, "/api/s3/move", &by_job, &moved(&by_job)).await;
        figures[3].push(took);
        figures[4].push(aws(&app, &ada, "mv", &by_aws, &moved(&by_aws)).await);
        figures[5].push(rclone(&app, &ada, "move", &by_rclone, &moved(&by_rclone)).await);
        for folder in [&by_aws, &by_rclone] {
            assert_eq!(count(&app, &ada, &moved(folder)).await, FILES, "{folder}");
        }
        figures[6].push(undo(&app, &ada, &id).await);
        assert_eq!(count(&app, &ada, &by_job).await, FILES);
    }
    let medians = figures.map(|mut figures: Vec<Duration>| {
        figures.sort();
        figures[TURNS / 2].as_secs_f64()
    });
    println!("| {FILES} objects of {SIZE} bytes | a job | `aws s3` | `rclone` | objects/s of the job |");
    println!("|---|---:|---:|---:|---:|");
    for (what, of) in [("copied", 0), ("moved", 3)] {
        let [job, aws, rclone] = [medians[of], medians[of + 1], medians[of + 2]];
        let rate = FILES as f64 / job;
        println!("| {what} | {job:.1} s | {aws:.1} s | {rclone:.1} s | {rate:.0} |");
    }
    let undo = medians[6];
    println!("| a move undone | {undo:.1} s | | | {:.0} |", FILES as f64 / undo);
}

async fn fill(app: &TestApp, ada: &User) {
    let sdk = app.storage().sdk();
    let bytes = Bytes::from(vec![b'x'; SIZE]);
    let put = |n: usize| {
        let key = ada.key(&format!("from/{:02}/IMG_{n:06}.jpeg", n / 500));
        let request = sdk.put_object().bucket("forepeak").key(key);
        request.body(bytes.clone().into()).send()
    };
    let stored = stream::iter((0..FILES).map(put)).buffer_unordered(16);
    stored.try_for_each(async |_| Ok(())).await.unwrap();
}

async fn job(app: &TestApp, ada: &User, path: &str, from: &str, to: &str) -> (Duration, String) {
    let begun = Instant::now();
    let body = json!({"source": ada.key(from), "destination": ada.key(to)});
    let answer: Value = ada.post(path, body).await.ok();
    let id = answer["job_id"].as_str().unwrap().to_owned();
    finish(app, ada, &id).await;
    (begun.elapsed(), id)
}

async fn undo(app: &TestApp, ada: &User, id: &str) -> Duration {
    let begun = Instant::now();
    let answer: Value = ada.post(&format!("/api/jobs/{id}/undo"), json!({})).await.ok();
    finish(app, ada, answer["job_id"].as_str().unwrap()).await;
    begun.elapsed()
}

async fn finish(app: &TestApp, ada: &User, id: &str) {
    app.run_jobs().await;
    let ended: Value = ada.get(&format!("/api/jobs/{id}")).await.ok();
    assert_eq!(
        (&ended["state"], &ended["done"]),
        (&json!("done"), &json!(FILES)),
        "{ended}"
    );
}

async fn aws(app: &TestApp, ada: &User, what: &str, from: &str, to: &str) -> Duration {
    let [from, to] = [from, to].map(|folder| format!("s3://forepeak/{}", ada.key(folder)));
    let configuration = tempfile::tempdir().unwrap();
    let file = configuration.path().join("config");
    std::fs::write(
        &file,
        format!("[default]\ns3 =\n  max_concurrent_requests = {AT_ONCE}\n"),
    )
    .unwrap();
    let mut command = Command::new(tool("aws"));
    command
        .args(["--endpoint-url", &app.storage().endpoint])
        .args(["s3", what, "--recursive", "--only-show-errors", &from, &to])
        .env("AWS_CONFIG_FILE", &file);
    timed(app, command).await
}

async fn rclone(app: &TestApp, ada: &User, what: &str, from: &str, to: &str) -> Duration {
    let remote = format!(
        ":s3,provider=Other,env_auth=true,force_path_style=true,region=us-east-1,endpoint=\"{}\":forepeak/",
        app.storage().endpoint
    );
    let [from, to] = [from, to].map(|folder| format!("{remote}{}", ada.key(folder)));
    let mut command = Command::new(tool("rclone"));
    command
        .args([what, &from, &to, "--transfers", AT_ONCE, "--checkers", AT_ONCE])
        .args(["--s3-no-check-bucket", "--config", ""]);
    timed(app, command).await
}

async fn timed(app: &TestApp, mut command: Command) -> Duration {
    let (id, secret) = app.storage().credentials();
    command
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .kill_on_drop(true);
    let begun = Instant::now();
    let output = command.output().await.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    begun.elapsed()
}

async fn count(app: &TestApp, ada: &User, folder: &str) -> usize {
    let mut pages = app
        .storage()
        .sdk()
        .list_objects_v2()
        .bucket("forepeak")
        .prefix(ada.key(folder))
        .into_paginator()
        .send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += page.unwrap().contents().len();
    }
    count
}
