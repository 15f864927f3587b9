//! Files over REST, with real storage behind it.

mod deleting;
mod history;
mod isolation;
pub(crate) mod jobs;
mod listing;
mod other_programs;
mod outage;
mod reading;
mod restore_jobs;
mod restoring;
mod retention;
mod searching;
mod seeds;
mod space;
mod stored;
mod undeleting;
mod undo_at_once;
mod versions;
mod without_copies;
mod writing;

use std::{collections::BTreeMap, time::Duration};

use app::features::files::types::ObjectPage;
use server::{features::files::history::History, router};

use crate::support::{Client, TestApp, TestStore, User};

/// All objects of a person and what they hold.
async fn contents(who: &User) -> BTreeMap<String, String> {
    let page: ObjectPage = who.get("/api/s3/objects?recursive=true&max_keys=1000").await.ok();
    assert!(!page.has_more, "too much for one look");
    let mut contents = BTreeMap::new();
    for object in page.objects {
        let path = object.key.strip_prefix(&who.key("")).unwrap().to_owned();
        let read = who
            .get(&format!("/api/s3/object?key={}", who.query_key(&path)))
            .await;
        assert_eq!(read.status, 200, "{path}");
        contents.insert(path, read.text().to_owned());
    }
    contents
}

/// The same person, before an application whose history is set up otherwise.
pub(crate) fn with_history(app: &TestApp, who: &User, change: impl FnOnce(History) -> History) -> User {
    let mut state = app.state.clone();
    state.history = change(app.state.history.clone());
    User {
        client: Client::new(router::build(state)).bearer(&who.tokens.access_token),
        ..who.clone()
    }
}

/// An application whose bucket keeps no versions.
pub(crate) async fn without_versions() -> (TestStore, TestApp) {
    let storage = TestStore::start(Vec::new()).await;
    storage
        .sdk()
        .create_bucket()
        .bucket("forepeak")
        .send()
        .await
        .unwrap();
    let app = TestApp::builder().store(storage.client().await).build().await;
    (storage, app)
}

fn seconds(seconds: u64) -> time::Duration {
    Duration::from_secs(seconds).try_into().unwrap()
}
