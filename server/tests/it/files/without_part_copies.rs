//! Objects that are too large for one copy, where storage copies parts, and where it does not.

use std::collections::BTreeMap;

use app::features::{files::types_history::CurrentObject, jobs::types::QueuedJob};
use serde_json::{Value, json};
use server::{jobs, router, state::AppState};

use super::jobs::{Thing, job, things};
use crate::support::{Client, Rewriting, TestApp, User};

const MIB: usize = 1024 * 1024;

/// An application in which a copy takes at most 6 MiB.
struct Lowered {
    proxy: Rewriting,
    app: TestApp,
    state: AppState,
    ada: User,
    client: Client,
}

impl Lowered {
    async fn new(copies_parts: bool) -> Self {
        let proxy = Rewriting::start().await;
        if !copies_parts {
            proxy.copy_no_parts();
        }
        let app = proxy.app().await;
        let limit = 6 * MIB as u64;
        let state = AppState {
            changes: app.state.changes.clone().with_largest_copy(limit),
            history: app.state.history.clone().with_largest_copy(limit),
            files: app.state.files.clone().with_largest_copy(limit),
            ..app.state.clone()
        };
        let ada = app.user("ada").await;
        let client = Client::new(router::build(state.clone())).bearer(&ada.tokens.access_token);
        Self {
            proxy,
            app,
            state,
            ada,
            client,
        }
    }

    async fn plant(&self, name: &str) -> BTreeMap<String, Thing> {
        let bytes: Vec<u8> = (0..12 * MIB + 7)
            .map(|n| u8::try_from((n * 7 + n / MIB) % 256).unwrap())
            .collect();
        let sdk = self.proxy.sdk();
        let put = sdk.put_object().bucket("forepeak").key(self.ada.key(name));
        put.content_type("video/mp4")
            .cache_control("no-cache")
            .metadata("colour", "blue")
            .tagging("a=1")
            .body(bytes.into())
            .send()
            .await
            .unwrap();
        self.things(name).await
    }

    async fn things(&self, name: &str) -> BTreeMap<String, Thing> {
        things(&self.proxy.sdk(), &self.ada.key(name)).await
    }

    async fn run(&self, path: &str, body: Value) -> String {
        let begun = self.client.post(path, body).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        for worker in jobs::runner::workers(&self.state) {
            worker.run_due().await.unwrap();
        }
        let id = begun.ok::<QueuedJob>().job_id.to_string();
        let ended = job(&self.app, &id).await;
        assert_eq!((ended.state.as_str(), &ended.failures), ("done", &vec![]));
        id
    }

    async fn nothing_is_unfinished(&self) {
        let inventory = self.proxy.inventory().await;
        assert!(
            !inventory.iter().any(|row| row.ends_with("unfinished")),
            "{inventory:?}"
        );
    }
}

async fn copied_moved_and_undone(copies_parts: bool) {
    let lowered = Lowered::new(copies_parts).await;
    let before = lowered.plant("f/large").await;
    let ada = &lowered.ada;
    let body = json!({"source": ada.key("f/"), "destination": ada.key("g/")});
    lowered.run("/api/s3/copy", body).await;
    assert_eq!(lowered.things("g/large").await, before);
    let body = json!({"source": ada.key("f/"), "destination": ada.key("h/")});
    let id = lowered.run("/api/s3/move", body).await;
    assert_eq!(lowered.things("h/large").await, before);
    assert!(lowered.things("f/").await.is_empty());
    lowered.run(&format!("/api/jobs/{id}/undo"), json!({})).await;
    assert_eq!(lowered.things("f/large").await, before);
    assert!(lowered.things("h/").await.is_empty());
    lowered.nothing_is_unfinished().await;
}

/// Content type and metadata change, and the bytes and all else stay.
async fn changed_beside_its_bytes(copies_parts: bool) {
    let lowered = Lowered::new(copies_parts).await;
    let before = lowered.plant("large").await[""].clone();
    let key = lowered.ada.key("large");
    let body = json!({"key": key, "content_type": "text/csv"});
    let current: CurrentObject = lowered.client.patch("/api/s3/object/metadata", body).await.ok();
    assert!(current.version_id.is_some());
    let mut expected = before.clone();
    expected.headers[0] = Some("text/csv".to_owned());
    assert_eq!(lowered.things("large").await[""], expected);

    let body = json!({"key": key, "metadata": {"size": "large"}, "tags": {"b": "2"}});
    lowered
        .client
        .patch("/api/s3/object/metadata", body)
        .await
        .ok::<CurrentObject>();
    expected.metadata = BTreeMap::from([("size".to_owned(), "large".to_owned())]);
    expected.tags = BTreeMap::from([("b".to_owned(), "2".to_owned())]);
    assert_eq!(lowered.things("large").await[""], expected);

    // The first version, brought back.
    let versions: Value = lowered
        .client
        .get(&format!(
            "/api/s3/object/versions?key={}",
            lowered.ada.query_key("large")
        ))
        .await
        .ok();
    let first = versions.as_array().unwrap().last().unwrap()["version_id"].clone();
    let body = json!({"key": key, "version_id": first});
    lowered
        .client
        .post("/api/s3/object/restore", body)
        .await
        .ok::<CurrentObject>();
    assert_eq!(lowered.things("large").await[""], before);
    lowered.nothing_is_unfinished().await;
}

#[tokio::test]
async fn a_large_object_is_copied_by_storage() {
    copied_moved_and_undone(true).await;
}

#[tokio::test]
async fn a_large_object_is_copied_through_the_server() {
    copied_moved_and_undone(false).await;
}

#[tokio::test]
async fn a_large_object_is_changed_by_storage() {
    changed_beside_its_bytes(true).await;
}

#[tokio::test]
async fn a_large_object_is_changed_through_the_server() {
    changed_beside_its_bytes(false).await;
}

/// The connection to the source breaks in the middle of a part: no part is made of what came, and the job goes on.
#[tokio::test]
async fn a_source_that_breaks_off_makes_no_part() {
    let lowered = Lowered::new(false).await;
    let before = lowered.plant("f/large").await;
    lowered.proxy.cut_objects(1);
    let ada = &lowered.ada;
    let body = json!({"source": ada.key("f/"), "destination": ada.key("g/")});
    let begun = lowered.client.post("/api/s3/copy", body).await;
    let id = begun.ok::<QueuedJob>().job_id.to_string();
    let workers = jobs::runner::workers(&lowered.state);
    for _ in 0..3 {
        for worker in &workers {
            worker.run_due().await.unwrap();
        }
        lowered.app.clock.advance(time::Duration::minutes(1));
    }
    assert_eq!(lowered.proxy.cuts_left(), 0);
    let ended = job(&lowered.app, &id).await;
    assert_eq!((ended.state.as_str(), &ended.failures), ("done", &vec![]));
    assert_eq!(lowered.things("g/large").await, before);
    lowered.nothing_is_unfinished().await;
}
