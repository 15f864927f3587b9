//! Jobs on folders: what is copied, moved and deleted is exact, and can be undone.

mod conflicts;
mod copying;
mod deleting;
mod denied;
mod kills;
mod moving;
mod owners;
mod refusals;
mod undoing;

use std::collections::BTreeMap;

use app::features::jobs::types::QueuedJob;
use aws_sdk_s3::Client;
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{TestApp, User};

/// All that a person can see of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) bytes: Vec<u8>,
    pub(crate) headers: Vec<Option<String>>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// What lies under a prefix now, by the rest of the key.
pub(crate) async fn things(sdk: &Client, prefix: &str) -> BTreeMap<String, Thing> {
    let mut things = BTreeMap::new();
    for key in keys(sdk, prefix).await {
        let rest = key[prefix.len()..].to_owned();
        things.insert(rest, thing(sdk, &key).await);
    }
    things
}

pub(crate) async fn keys(sdk: &Client, prefix: &str) -> Vec<String> {
    let mut pages = sdk
        .list_objects_v2()
        .bucket("forepeak")
        .prefix(prefix)
        .into_paginator()
        .send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        keys.extend(
            page.unwrap()
                .contents()
                .iter()
                .map(|object| object.key().unwrap().to_owned()),
        );
    }
    keys
}

async fn thing(sdk: &Client, key: &str) -> Thing {
    let found = sdk.get_object().bucket("forepeak").key(key).send().await.unwrap();
    let tags = sdk
        .get_object_tagging()
        .bucket("forepeak")
        .key(key)
        .send()
        .await
        .unwrap();
    Thing {
        headers: vec![
            found.content_type().map(str::to_owned),
            found.content_encoding().map(str::to_owned),
            found.content_language().map(str::to_owned),
            found.content_disposition().map(str::to_owned),
            found.cache_control().map(str::to_owned),
        ],
        metadata: found
            .metadata()
            .cloned()
            .unwrap_or_default()
            .into_iter()
            .collect(),
        tags: tags
            .tag_set()
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect(),
        bytes: found.body.collect().await.unwrap().to_vec(),
    }
}

pub(crate) async fn put(sdk: &Client, key: &str, bytes: &[u8]) {
    let body = bytes.to_vec().into();
    let put = sdk.put_object().bucket("forepeak").key(key).body(body);
    put.send().await.unwrap();
}

/// A tree with everything that objects may bring along: headers, metadata, tags, older versions, markers of folders,
/// names that are encoded somewhere on the way.
pub(crate) async fn plant(sdk: &Client, prefix: &str) {
    for name in [
        "a.txt",
        "b/",
        "b/c.txt",
        "b/100% + q?a=b&c#d.txt",
        "b/%2e%2e",
        "e\u{301}/\u{e9}/\u{1f4be}",
        "empty/",
        "~-_.!*'()",
    ] {
        put(sdk, &format!("{prefix}{name}"), name.as_bytes()).await;
    }
    let key = format!("{prefix}rich.html");
    put(sdk, &key, b"before").await;
    sdk.put_object()
        .bucket("forepeak")
        .key(&key)
        .body(b"after".to_vec().into())
        .content_type("text/html")
        .content_encoding("identity")
        .content_language("de")
        .content_disposition("attachment; filename=\"x.html\"")
        .cache_control("max-age=5")
        .metadata("colour", "blue")
        .tagging("a=1&b=two%20words")
        .send()
        .await
        .unwrap();
}

/// The full size where `make soak` asks for it.
#[expect(
    clippy::disallowed_methods,
    reason = "how much is tested is no setting of the program"
)]
fn sized(small: i64, full: i64) -> i64 {
    if std::env::var_os("FOREPEAK_SOAK").is_some() {
        full
    } else {
        small
    }
}

/// Begins a job, and answers its id.
pub(crate) async fn begin(who: &User, path: &str, body: Value) -> String {
    let answer = who.post(path, body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.ok::<QueuedJob>().job_id.to_string()
}

/// A job as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) state: String,
    pub(crate) done: i64,
    pub(crate) total: Option<i64>,
    pub(crate) can_be_undone: bool,
    pub(crate) failures: Vec<(String, String)>,
}

pub(crate) async fn job(app: &TestApp, id: &str) -> Job {
    let pool = app.state.platform.db.pool();
    let row = sqlx::query("SELECT state, done, total, undo_expires_at FROM jobs WHERE id = $1")
        .bind(id)
        .fetch_one(pool)
        .await
        .unwrap();
    let failures =
        sqlx::query("SELECT object_key, message FROM job_failures WHERE job_id = $1 ORDER BY position")
            .bind(id)
            .fetch_all(pool)
            .await
            .unwrap();
    Job {
        state: row.get("state"),
        done: row.get("done"),
        total: row.get("total"),
        can_be_undone: row.get::<Option<i64>, _>("undo_expires_at").is_some(),
        failures: failures
            .iter()
            .map(|row| (row.get("object_key"), row.get("message")))
            .collect(),
    }
}

/// Begins a job, runs it to its end, and answers what became of it.
pub(crate) async fn run(app: &TestApp, who: &User, path: &str, body: Value) -> (String, Job) {
    let id = begin(who, path, body).await;
    app.run_jobs().await;
    let ended = job(app, &id).await;
    (id, ended)
}

/// The same, for a job that does all that it is to do.
pub(crate) async fn run_well(app: &TestApp, who: &User, path: &str, body: Value) -> String {
    let (id, ended) = run(app, who, path, body).await;
    assert_eq!(
        (ended.state.as_str(), &ended.failures),
        ("done", &vec![]),
        "{ended:?}"
    );
    assert_eq!(Some(ended.done), ended.total, "{ended:?}");
    id
}

pub(crate) async fn undo(app: &TestApp, who: &User, id: &str) -> Job {
    run(app, who, &format!("/api/jobs/{id}/undo"), json!({})).await.1
}
