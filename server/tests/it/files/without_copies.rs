//! Small and large objects copied by storage, and by the server where storage does not copy them.

use std::collections::BTreeMap;

use app::features::{
    files::{changes::Transferred, types_history::CurrentObject},
    jobs::types::QueuedJob,
};
use serde_json::{Value, json};
use server::{jobs, router, state::AppState};

use super::jobs::{Thing, job, things};
use crate::support::{Client, Rewriting, TestApp, User};

const MIB: usize = 1024 * 1024;
/// Takes more than one part to copy.
const LARGE: usize = 12 * MIB + 7;

/// What storage copies by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copies {
    Everything,
    Objects,
    Nothing,
}

/// An application in which a copy takes at most 6 MiB.
struct Lowered {
    proxy: Rewriting,
    app: TestApp,
    state: AppState,
    ada: User,
    client: Client,
}

impl Lowered {
    async fn new(copies: Copies) -> Self {
        let proxy = Rewriting::start().await;
        if copies != Copies::Everything {
            proxy.copy_no_parts();
        }
        if copies == Copies::Nothing {
            proxy.copy_no_objects();
        }
        let app = proxy.app().await;
        let limit = 6 * MIB as u64;
        let mut state = app.state.clone();
        state.changes = app.state.changes.clone().with_largest_copy(limit);
        state.history = app.state.history.clone().with_largest_copy(limit);
        state.files = app.state.files.clone().with_largest_copy(limit);
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

    async fn plant(&self, name: &str, size: usize) -> BTreeMap<String, Thing> {
        let bytes: Vec<u8> = (0..size)
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

async fn copied_moved_and_undone(copies: Copies, size: usize) {
    let lowered = Lowered::new(copies).await;
    let before = lowered.plant("f/file", size).await;
    let ada = &lowered.ada;
    let body = json!({"source": ada.key("f/"), "destination": ada.key("g/")});
    lowered.run("/api/s3/copy", body).await;
    assert_eq!(lowered.things("g/file").await, before);
    let body = json!({"source": ada.key("f/"), "destination": ada.key("h/")});
    let id = lowered.run("/api/s3/move", body).await;
    assert_eq!(lowered.things("h/file").await, before);
    assert!(lowered.things("f/").await.is_empty());
    lowered.run(&format!("/api/jobs/{id}/undo"), json!({})).await;
    assert_eq!(lowered.things("f/file").await, before);
    assert!(lowered.things("h/").await.is_empty());
    lowered.nothing_is_unfinished().await;
}

/// Content type and metadata change, and the bytes and all else stay.
async fn changed_beside_its_bytes(copies: Copies, size: usize) {
    let lowered = Lowered::new(copies).await;
    let before = lowered.plant("file", size).await[""].clone();
    let key = lowered.ada.key("file");
    let body = json!({"key": key, "content_type": "text/csv"});
    let current: CurrentObject = lowered.client.patch("/api/s3/object/metadata", body).await.ok();
    assert!(current.version_id.is_some());
    let mut expected = before.clone();
    expected.headers[0] = Some("text/csv".to_owned());
    assert_eq!(lowered.things("file").await[""], expected);

    let body = json!({"key": key, "metadata": {"size": "file"}, "tags": {"b": "2"}});
    lowered
        .client
        .patch("/api/s3/object/metadata", body)
        .await
        .ok::<CurrentObject>();
    expected.metadata = BTreeMap::from([("size".to_owned(), "file".to_owned())]);
    expected.tags = BTreeMap::from([("b".to_owned(), "2".to_owned())]);
    assert_eq!(lowered.things("file").await[""], expected);

    // The first version, brought back.
    let versions: Value = lowered
        .client
        .get(&format!(
            "/api/s3/object/versions?key={}",
            lowered.ada.query_key("file")
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
    assert_eq!(lowered.things("file").await[""], before);
    lowered.nothing_is_unfinished().await;
}

#[tokio::test]
async fn a_large_object_is_copied_by_storage() {
    copied_moved_and_undone(Copies::Everything, LARGE).await;
}

#[tokio::test]
async fn a_large_object_is_copied_through_the_server() {
    copied_moved_and_undone(Copies::Objects, LARGE).await;
}

#[tokio::test]
async fn objects_of_any_size_are_copied_through_the_server() {
    for size in [0, 7, 2 * MIB, LARGE] {
        copied_moved_and_undone(Copies::Nothing, size).await;
    }
}

#[tokio::test]
async fn a_large_object_is_changed_by_storage() {
    changed_beside_its_bytes(Copies::Everything, LARGE).await;
}

#[tokio::test]
async fn a_large_object_is_changed_through_the_server() {
    changed_beside_its_bytes(Copies::Objects, LARGE).await;
}

#[tokio::test]
async fn objects_of_any_size_are_changed_through_the_server() {
    for size in [0, 7, LARGE] {
        changed_beside_its_bytes(Copies::Nothing, size).await;
    }
}

#[tokio::test]
async fn one_object_is_moved_through_the_server_at_once() {
    let lowered = Lowered::new(Copies::Nothing).await;
    let before = lowered.plant("a", 7).await;
    let ada = &lowered.ada;
    let body = json!({"source": ada.key("a"), "destination": ada.key("b")});
    let moved: Transferred = lowered.client.post("/api/s3/move", body).await.ok();
    assert_eq!((moved.key, moved.skipped), (ada.key("b"), false));
    assert_eq!(lowered.things("b").await, before);
    assert!(lowered.things("a").await.is_empty());
    lowered.plant("a", 3).await;
    let body = json!({"source": ada.key("a"), "destination": ada.key("b")});
    let refused = lowered.client.post("/api/s3/move", body).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(lowered.things("b").await, before);
}

/// The connection to the source breaks in its middle: nothing is made of what came, and the job goes on.
#[tokio::test]
async fn a_source_that_breaks_off_makes_no_copy() {
    for (copies, size) in [(Copies::Objects, LARGE), (Copies::Nothing, 2 * MIB)] {
        let lowered = Lowered::new(copies).await;
        let before = lowered.plant("f/file", size).await;
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
        assert_eq!(lowered.things("g/file").await, before);
        lowered.nothing_is_unfinished().await;
    }
}
