//! The past of 100,000 keys with 300,000 versions: what was deleted, the folder as it was, what has changed since counted by
//! a job, and 10,000 deletions taken back; beside all versions listed straight from the store. One run, as a Markdown
//! table, with the most memory that each took above what was resident before.
//!
//! `cargo bench -p server --bench history`

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on should say so and stop"
)]
#![expect(clippy::print_stdout, reason = "the table is its result")]

mod figures;
#[path = "../tests/it/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the tests, which use all of it"
)]
mod support;

use serde_json::{Value, json};

use figures::measured;
use support::{TestApp, User};

const KEYS: usize = 100_000;
/// Every tenth key ends with a delete marker.
const DELETED: usize = KEYS / 10;
/// Between the first version of each key and the second.
const AS_OF: &str = "2023-12-29T12:00:00Z";

#[tokio::main]
async fn main() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    app.storage()
        .fill_history("forepeak", &ada.key("past/"), KEYS)
        .await;
    println!(
        "| {KEYS} keys, {} versions | seconds | memory | ratio |\n|---|---:|---:|---:|",
        3 * KEYS
    );
    let straight = row(
        "all versions, straight from the store",
        None,
        all_versions(&app, &ada),
        3 * KEYS,
    )
    .await;
    let deleted = pages(&ada, "deleted?");
    row("`GET deleted`, all pages", Some(straight), deleted, DELETED).await;
    let as_it_was = pages(&ada, "history?as_of=2023-12-29T12:00:00Z&");
    row("`GET history`, all pages", Some(straight), as_it_was, KEYS).await;
    row(
        "`GET history/changes`, its job",
        Some(straight),
        changes(&app, &ada),
        KEYS,
    )
    .await;
    row(
        "10,000 deletions taken back",
        Some(straight),
        bring_back(&app, &ada),
        DELETED,
    )
    .await;
}

/// Prints how long the work took, which must have met so many keys; answers the seconds.
async fn row(what: &str, beside: Option<f64>, work: impl Future<Output = usize>, expected: usize) -> f64 {
    let (seconds, memory) = measured(async { assert_eq!(work.await, expected, "{what}") }).await;
    let ratio = seconds / beside.unwrap_or(seconds);
    println!("| {what} | {seconds:.2} | {memory} MiB | {ratio:.2} |");
    seconds
}

async fn all_versions(app: &TestApp, ada: &User) -> usize {
    let sdk = app.storage().sdk();
    let listing = sdk
        .list_object_versions()
        .bucket("forepeak")
        .prefix(ada.key("past/"));
    let (mut count, mut after) = (0, (None, None));
    loop {
        let page = listing
            .clone()
            .set_key_marker(after.0)
            .set_version_id_marker(after.1);
        let page = page.send().await.unwrap();
        count += page.versions().len() + page.delete_markers().len();
        if page.is_truncated() != Some(true) {
            return count;
        }
        after = (page.next_key_marker, page.next_version_id_marker);
    }
}

async fn pages(ada: &User, route: &str) -> usize {
    let (mut count, mut go_on) = (0, String::new());
    loop {
        let path = format!("/api/s3/{route}max_keys=1000&prefix={}{go_on}", ada.key("past/"));
        let page: Value = ada.get(&path).await.ok();
        count += page["objects"].as_array().unwrap().len();
        match page["continuation_token"].as_str() {
            Some(token) => go_on = format!("&continuation_token={token}"),
            None => return count,
        }
    }
}

async fn changes(app: &TestApp, ada: &User) -> usize {
    let path = format!(
        "/api/s3/history/changes?as_of={AS_OF}&prefix={}",
        ada.key("past/")
    );
    let queued: Value = ada.get(&path).await.ok();
    assert!(queued["job_id"].is_string(), "{queued}");
    app.run_jobs().await;
    let counts: Value = ada.get(&path).await.ok();
    let of = |name: &str| usize::try_from(counts[name].as_u64().unwrap()).unwrap();
    of("changed") + of("deleted")
}

async fn bring_back(app: &TestApp, ada: &User) -> usize {
    let body = json!({"prefix": ada.key("past/"), "deleted_only": true});
    let queued: Value = ada.post("/api/s3/object/restore", body).await.ok();
    app.run_jobs().await;
    let job: Value = ada
        .get(&format!("/api/jobs/{}", queued["job_id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(job["state"], "done", "{job}");
    usize::try_from(job["done"].as_u64().unwrap()).unwrap()
}
