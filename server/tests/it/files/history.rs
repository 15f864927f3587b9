//! Deleted objects, a folder as it was, and what changed since, against a model of what was done.

use std::collections::{BTreeMap, BTreeSet};

use app::{
    contract::Timestamp,
    features::{
        files::types_history::{Change, ChangeCounts, DeletedPage, HistoryPage},
        jobs::types::QueuedJob,
    },
};
use serde_json::{Value, json};

use super::{contents, seconds, with_history};
use crate::support::{TestApp, User, on_both_databases, sized};

/// What lay under a person's prefix.
pub(super) type Snapshot = BTreeMap<String, String>;

/// A person's files over time, by a clock that goes on one second with each change.
pub(super) struct Past {
    /// What was there at the end of each second.
    pub(super) snapshots: Vec<(Timestamp, Snapshot)>,
    /// What was ever there.
    pub(super) ever: BTreeSet<String>,
}

impl Past {
    pub(super) fn now(&self) -> &Snapshot {
        &self.snapshots.last().unwrap().1
    }
}

/// Writes, overwrites and deletes, always in the same order.
pub(super) async fn live(app: &TestApp, who: &User, changes: usize) -> Past {
    const NAMES: [&str; 12] = [
        "a.txt", "b", "d/", "d/1", "d/2", "d/e/1", "d/e/2", "d.txt", "e%2F+ é", "f//g", "gone/x", "z/1",
    ];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |bound: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % bound
    };
    let mut snapshot = Snapshot::new();
    let mut past = Past {
        snapshots: Vec::new(),
        ever: BTreeSet::new(),
    };
    for change in 0..changes {
        app.clock.advance(seconds(1));
        let name = NAMES[next(NAMES.len())];
        let deletes =
            next(3) == 0 && snapshot.contains_key(name) || (name == "gone/x" && change > changes / 2);
        if deletes {
            who.delete_json("/api/s3/objects", json!({"keys": [who.key(name)]}))
                .await
                .ok::<Value>();
            snapshot.remove(name);
        } else if name.ends_with('/') {
            if !snapshot.contains_key(name) {
                who.post("/api/s3/folder", json!({"prefix": who.key(name)}))
                    .await
                    .ok::<Value>();
                snapshot.insert(name.to_owned(), String::new());
            }
        } else {
            let text = format!("{change} {name}");
            who.upload(name, "text/plain", text.as_bytes()).await;
            snapshot.insert(name.to_owned(), text);
        }
        past.ever.extend(snapshot.keys().cloned());
        past.snapshots.push((
            Timestamp::from_unix(app.clock_seconds()).unwrap(),
            snapshot.clone(),
        ));
    }
    past
}

/// The rows that a folder must have: key, size (`None` for a folder) and change.
fn rows(then: &Snapshot, now: &Snapshot, folder: &str) -> Vec<(String, Option<u64>, Option<Change>)> {
    let mut rows = BTreeMap::new();
    for (name, text) in then {
        let Some(rest) = name.strip_prefix(folder).filter(|rest| !rest.is_empty()) else {
            continue;
        };
        if let Some(slash) = rest.find('/') {
            let child = format!("{folder}{}", &rest[..=slash]);
            let is_left = now.keys().any(|name| name.starts_with(&child));
            rows.insert(child, (None, (!is_left).then_some(Change::Deleted)));
        } else {
            let change = match now.get(name) {
                None => Some(Change::Deleted),
                Some(now) => (now != text).then_some(Change::Changed),
            };
            rows.insert(name.clone(), (Some(text.len() as u64), change));
        }
    }
    rows.into_iter()
        .map(|(name, (size, change))| (name, size, change))
        .collect()
}

async fn history(
    who: &User,
    folder: &str,
    as_of: Timestamp,
    max_keys: u16,
) -> Vec<(String, Option<u64>, Option<Change>)> {
    let path = format!(
        "/api/s3/history?prefix={}&as_of={as_of}&max_keys={max_keys}",
        who.query_key(folder)
    );
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page: HistoryPage = who.get(&format!("{path}{token}")).await.ok();
        assert_eq!(page.as_of, as_of);
        assert!(page.objects.len() <= usize::from(max_keys));
        for row in page.objects {
            let name = row.entry.key.strip_prefix(&who.key("")).unwrap().to_owned();
            assert_eq!(row.version_id.is_none(), row.entry.is_folder);
            found.push((name, (!row.entry.is_folder).then_some(row.entry.size), row.change));
        }
        match page.continuation_token {
            Some(next) => token = format!("&continuation_token={next}"),
            None => return found,
        }
    }
}

async fn deleted(who: &User, max_keys: u16) -> Vec<String> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/s3/deleted?max_keys={max_keys}{token}");
        let page: DeletedPage = who.get(&path).await.ok();
        assert_eq!(page.has_more, page.continuation_token.is_some());
        for object in page.objects {
            assert!(object.deleted_at.is_some());
            found.push(object.key.strip_prefix(&who.key("")).unwrap().to_owned());
        }
        match page.continuation_token {
            Some(next) => token = format!("&continuation_token={next}"),
            None => return found,
        }
    }
}

fn counted(then: &Snapshot, now: &Snapshot) -> ChangeCounts {
    let mut counts = ChangeCounts::default();
    for (name, text) in now {
        match then.get(name) {
            None => counts.added += 1,
            Some(then) if then != text => counts.changed += 1,
            Some(_) => {}
        }
    }
    counts.deleted = then.keys().filter(|name| !now.contains_key(*name)).count() as u64;
    counts
}

#[tokio::test]
async fn a_folder_is_told_as_it_was_whatever_the_size_of_the_pages() {
    let app = TestApp::builder().storage_on_clock().build().await;
    let ada = app.user("ada").await;
    let past = live(&app, &ada, 80).await;
    assert_eq!(contents(&ada).await, *past.now(), "the model is right about now");
    let gone: Vec<_> = past
        .ever
        .iter()
        .filter(|name| !past.now().contains_key(*name))
        .cloned()
        .collect();
    assert!(!gone.is_empty());
    for page in [1000, 3] {
        let ada = with_history(&app, &ada, |history| history.with_page(page));
        for max_keys in [100, 2] {
            assert_eq!(deleted(&ada, max_keys).await, gone, "{page} {max_keys}");
            for (as_of, then) in past.snapshots.iter().step_by(31) {
                for folder in ["", "d/"] {
                    assert_eq!(
                        history(&ada, folder, *as_of, max_keys).await,
                        rows(then, past.now(), folder),
                        "{page} {max_keys} {as_of} {folder:?}"
                    );
                }
            }
        }
    }
    for (as_of, then) in past.snapshots.iter().step_by(13) {
        let counts: ChangeCounts = ada
            .get(&format!("/api/s3/history/changes?as_of={as_of}"))
            .await
            .ok();
        assert_eq!(counts, counted(then, past.now()), "{as_of}");
    }
    let before = Timestamp::from_unix(0).unwrap();
    assert!(history(&ada, "", before, 100).await.is_empty());
}

#[tokio::test]
async fn what_is_deleted_names_the_version_that_comes_back() {
    let app = TestApp::builder().storage_on_clock().build().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a", "text/plain", b"one").await;
    ada.upload("a", "text/plain", b"three").await;
    app.clock.advance(seconds(5));
    let deletion = json!({"keys": [key]});
    ada.delete_json("/api/s3/objects", deletion.clone())
        .await
        .ok::<Value>();
    let at = Timestamp::from_unix(app.clock_seconds()).unwrap();
    app.clock.advance(seconds(5));
    // A second one on top of it, of an answer that was lost.
    ada.delete_json("/api/s3/objects", deletion).await.ok::<Value>();
    let page: DeletedPage = ada.get("/api/s3/deleted").await.ok();
    let [object] = page.objects.as_slice() else {
        panic!("{page:?}")
    };
    assert_eq!((&object.key, object.size, object.deleted_at), (&key, 5, Some(at)));
    let restore = json!({"key": key, "version_id": object.version_id});
    ada.post("/api/s3/object/restore", restore).await.ok::<Value>();
    assert_eq!(contents(&ada).await["a"], "three");
    let page: DeletedPage = ada.get("/api/s3/deleted").await.ok();
    assert_eq!((page.objects.len(), page.has_more), (0, false));
}

/// One request reads a bounded number of versions, and the next goes on exactly there, within one key's versions too.
#[tokio::test]
async fn a_page_may_be_empty_while_there_is_more() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for n in 0..25 {
        ada.upload("many", "text/plain", n.to_string().as_bytes()).await;
    }
    let keys = json!({"keys": [ada.upload("z", "text/plain", b"x").await]});
    ada.delete_json("/api/s3/objects", keys).await.ok::<Value>();
    let one = with_history(&app, &ada, |history| history.with_page(1));
    let page: DeletedPage = one.get("/api/s3/deleted").await.ok();
    assert_eq!((page.objects.len(), page.has_more), (0, true));
    assert_eq!(deleted(&one, 100).await, ["z"]);
}

#[tokio::test]
async fn security_21_a_position_is_its_callers_and_of_one_question() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let as_of = "2100-01-01T00:00:00Z";
    for who in [&ada, &bob] {
        for name in ["a", "b", "c"] {
            let key = who.upload(name, "text/plain", b"x").await;
            who.upload(&format!("kept/{name}"), "text/plain", b"x").await;
            who.delete_json("/api/s3/objects", json!({"keys": [key]}))
                .await
                .ok::<Value>();
        }
    }
    let first: DeletedPage = ada.get("/api/s3/deleted?max_keys=1").await.ok();
    let token = first.continuation_token.unwrap();
    let path = format!(
        "/api/s3/history?as_of={as_of}&prefix={}&max_keys=1",
        ada.query_key("kept/")
    );
    let page: HistoryPage = ada.get(&path).await.ok();
    let then = page.continuation_token.unwrap();
    for (who, path) in [
        (&bob, format!("/api/s3/deleted?continuation_token={token}")),
        (
            &ada,
            format!(
                "/api/s3/deleted?continuation_token={token}&prefix={}",
                ada.query_key("kept/")
            ),
        ),
        (&ada, format!("/api/s3/deleted?continuation_token={then}")),
        (
            &ada,
            format!(
                "/api/s3/history?as_of=2099-01-01T00:00:00Z&continuation_token={then}&prefix={}",
                ada.query_key("kept/")
            ),
        ),
        (
            &bob,
            format!("/api/s3/history?as_of={as_of}&continuation_token={then}"),
        ),
    ] {
        let error = who.get(&path).await.error(400);
        assert!(error.fields.contains_key("continuation_token"), "{path}");
    }
}

on_both_databases! {
    with storage on the clock;

    async fn much_is_counted_by_a_job_and_kept_for_a_while(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let past = live(&app, &ada, 60).await;
        let (as_of, then) = &past.snapshots[20];
        // Ten pages of two are fewer than there are.
        let small = with_history(&app, &ada, |history| history.with_page(2));
        let path = format!("/api/s3/history/changes?as_of={as_of}");
        let answer = small.get(&path).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let job: QueuedJob = answer.json();
        // Asked again, it is the same job.
        let again = small.get(&path).await;
        assert_eq!((again.status.as_u16(), again.json::<QueuedJob>()), (202, job));
        app.run_jobs().await;
        let counts: ChangeCounts = small.get(&path).await.ok();
        assert_eq!(counts, counted(then, past.now()));
        // Somebody else's question is another one.
        let theirs: ChangeCounts = bob.get(&path).await.ok();
        assert_eq!(theirs, ChangeCounts::default());

        ada.upload("one more", "text/plain", b"x").await;
        assert_eq!(small.get(&path).await.ok::<ChangeCounts>(), counts, "for some minutes");
        app.clock.advance(seconds(300));
        let anew = small.get(&path).await;
        assert_eq!(anew.status, 202);
        assert_ne!(anew.json::<QueuedJob>(), job);
        app.run_jobs().await;
        let later: ChangeCounts = small.get(&path).await.ok();
        assert_eq!(later.added, counts.added + 1);
    }
}

/// What `GET` of this path answers on all its pages, together.
async fn all_pages(who: &User, path: &str) -> Vec<Value> {
    let (mut all, mut go_on) = (Vec::new(), String::new());
    loop {
        let page: Value = who.get(&format!("{path}{go_on}")).await.ok();
        all.extend(page["objects"].as_array().unwrap().iter().cloned());
        match page["continuation_token"].as_str() {
            Some(token) => go_on = format!("&continuation_token={token}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn the_past_of_many_keys_is_told_whole() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let keys = sized(3_400, 100_000);
    let prefix = ada.key("past/");
    app.storage().fill_history("forepeak", &prefix, keys).await;
    let query = |more: &str| format!("{more}max_keys=1000&prefix={prefix}");

    let deleted = all_pages(&ada, &format!("/api/s3/deleted?{}", query(""))).await;
    let names: BTreeSet<_> = deleted
        .iter()
        .map(|entry| entry["key"].as_str().unwrap())
        .collect();
    assert_eq!((deleted.len(), names.len()), (keys / 10, keys / 10));

    let as_of = "as_of=2023-12-29T12:00:00Z&";
    let rows = all_pages(&ada, &format!("/api/s3/history?{}", query(as_of))).await;
    assert_eq!(rows.len(), keys);
    let since = rows.iter().filter(|row| row["change"] == "deleted").count();
    assert_eq!(since, keys / 10);

    let path = format!("/api/s3/history/changes?{as_of}prefix={prefix}");
    assert_eq!(ada.get(&path).await.status, 202, "there is much to count");
    app.run_jobs().await;
    let counts: ChangeCounts = ada.get(&path).await.ok();
    let (changed, deleted) = ((keys - keys / 10) as u64, (keys / 10) as u64);
    assert_eq!(
        counts,
        ChangeCounts {
            added: 0,
            changed,
            deleted
        }
    );

    let body = json!({"prefix": prefix, "deleted_only": true});
    let queued: QueuedJob = ada.post("/api/s3/object/restore", body).await.json();
    app.run_jobs().await;
    let job: Value = ada.get(&format!("/api/jobs/{}", queued.job_id)).await.ok();
    assert_eq!((&job["state"], &job["done"]), (&json!("done"), &json!(keys / 10)));
    assert!(
        all_pages(&ada, &format!("/api/s3/deleted?{}", query("")))
            .await
            .is_empty()
    );
}
