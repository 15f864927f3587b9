//! Folders and selections brought back by a job, also where it is interrupted.

use std::sync::Arc;

use app::{
    contract::{JobId, Timestamp},
    features::{
        files::types_history::{ChangeCounts, DeletedPage},
        jobs::types::QueuedJob,
    },
};
use serde_json::{Value, json};
use server::{jobs, platform::queue::LEASE_SECONDS};
use sqlx::Row;
use tokio_util::sync::CancellationToken;

use super::{
    contents,
    history::{Past, Snapshot, live},
    seconds,
};
use crate::support::{Rewriting, TestApp, TestClock, TestStore, User, on_both_databases};

/// State, objects brought back, and failures (`key: message`).
#[derive(Debug, PartialEq, Eq)]
struct Told {
    state: String,
    done: i64,
    failures: Vec<String>,
}

async fn told(app: &TestApp, job: JobId) -> Told {
    let pool = app.state.platform.db.pool();
    let row = sqlx::query("SELECT state, done FROM jobs WHERE id = $1")
        .bind(job.to_string())
        .fetch_one(pool)
        .await
        .unwrap();
    let failures =
        sqlx::query("SELECT object_key, message FROM job_failures WHERE job_id = $1 ORDER BY position")
            .bind(job.to_string())
            .fetch_all(pool)
            .await
            .unwrap();
    Told {
        state: row.get("state"),
        done: row.get("done"),
        failures: failures
            .iter()
            .map(|row| {
                let (key, message): (String, String) = (row.get("object_key"), row.get("message"));
                format!("{key}: {message}")
            })
            .collect(),
    }
}

async fn ask(who: &User, body: Value) -> JobId {
    let answer = who.post("/api/s3/object/restore", body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json::<QueuedJob>().job_id
}

async fn delete(who: &User, names: &[&str]) {
    let keys: Vec<_> = names.iter().map(|name| who.key(name)).collect();
    who.delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok::<Value>();
}

async fn changes(who: &User, as_of: Timestamp) -> ChangeCounts {
    who.get(&format!("/api/s3/history/changes?as_of={as_of}"))
        .await
        .ok()
}

/// A moment at which there was something, and much changed since.
fn moment(past: &Past) -> (Timestamp, Snapshot) {
    past.snapshots[past.snapshots.len() / 3].clone()
}

on_both_databases! {
    with storage on the clock;

    async fn a_folder_is_exactly_as_it_was(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        bob.upload("theirs", "text/plain", b"x").await;
        let past = live(&app, &ada, 90).await;
        let (as_of, then) = moment(&past);
        app.clock.advance(seconds(1));
        let job = ask(&ada, json!({"prefix": ada.key(""), "as_of": as_of, "delete_added": true})).await;
        app.run_jobs().await;
        let ended = told(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.failures.len()), ("done", 0), "{ended:?}");
        assert!(ended.done > 0);
        assert_eq!(contents(&ada).await, then);
        assert_eq!(changes(&ada, as_of).await, ChangeCounts::default());
        assert_eq!(contents(&bob).await.len(), 1);

        // Twice, there is nothing left to do, and no new version.
        let before = app.inventory().await;
        app.clock.advance(seconds(1));
        let job = ask(&ada, json!({"prefix": ada.key(""), "as_of": as_of, "delete_added": true})).await;
        app.run_jobs().await;
        assert_eq!(told(&app, job).await, Told { state: "done".to_owned(), done: 0, failures: Vec::new() });
        assert_eq!(app.inventory().await, before);
        let events: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_log WHERE action = 'files.restore'")
            .fetch_one(app.state.platform.db.pool())
            .await
            .unwrap();
        assert_eq!(events, 4, "a beginning and an end each");
    }

    async fn what_was_added_stays_unless_asked_otherwise(app) {
        let ada = app.user("ada").await;
        let past = live(&app, &ada, 90).await;
        let (as_of, then) = moment(&past);
        let mut expected = past.now().clone();
        expected.extend(then);
        app.clock.advance(seconds(1));
        ask(&ada, json!({"prefix": ada.key(""), "as_of": as_of})).await;
        app.run_jobs().await;
        assert_eq!(contents(&ada).await, expected);
    }

    async fn what_is_deleted_comes_back_as_it_was_last(app) {
        let ada = app.user("ada").await;
        let past = live(&app, &ada, 90).await;
        let mut last = Snapshot::new();
        for (_, snapshot) in &past.snapshots {
            last.extend(snapshot.clone());
        }
        let in_d: Snapshot = last.clone().into_iter().filter(|(name, _)| name.starts_with("d/")).collect();
        let mut expected = past.now().clone();
        expected.extend(in_d);
        app.clock.advance(seconds(1));
        ask(&ada, json!({"prefix": ada.key("d/"), "deleted_only": true})).await;
        app.run_jobs().await;
        assert_eq!(contents(&ada).await, expected, "below the prefix alone");
        let versions = |rows: Vec<String>| rows.into_iter().filter(|row| !row.ends_with("deleted")).collect::<Vec<_>>();
        let before = versions(app.inventory().await);
        ask(&ada, json!({"prefix": ada.key(""), "deleted_only": true})).await;
        app.run_jobs().await;
        assert_eq!(contents(&ada).await, last);
        assert_eq!(versions(app.inventory().await), before, "nothing was copied");
        let page: DeletedPage = ada.get("/api/s3/deleted").await.ok();
        assert!(page.objects.is_empty() && !page.has_more);
    }

    async fn a_selection_of_what_is_deleted_comes_back(app) {
        let ada = app.user("ada").await;
        for name in ["a", "b", "f/1", "f/2", "f2", "there"] {
            ada.upload(name, "text/plain", b"old").await;
        }
        app.clock.advance(seconds(1));
        delete(&ada, &["a", "b", "f/1", "f/2", "f2"]).await;
        ada.upload("there", "text/plain", b"new").await;
        app.clock.advance(seconds(1));
        let keys = ["a", "f/", "there", "never"].map(|name| ada.key(name));
        let job = ask(&ada, json!({"keys": keys, "deleted_only": true})).await;
        app.run_jobs().await;
        let ended = told(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.done), ("done", 3), "{ended:?}");
        assert_eq!(ended.failures, [format!("{}: There is no version of it", ada.key("never"))]);
        let names: Vec<_> = contents(&ada).await.into_keys().collect();
        assert_eq!(names, ["a", "f/1", "f/2", "there"]);
        let there = ada.get(&format!("/api/s3/object?key={}", ada.query_key("there"))).await;
        assert_eq!(there.text(), "new");
    }

    async fn a_selection_of_files_and_folders(app) {
        let ada = app.user("ada").await;
        for name in ["a", "b", "f/1", "f/2", "f2"] {
            ada.upload(name, "text/plain", b"old").await;
        }
        let as_of = Timestamp::from_unix(app.clock_seconds()).unwrap();
        app.clock.advance(seconds(5));
        for name in ["a", "b", "f/1", "f2", "new"] {
            ada.upload(name, "text/plain", b"new").await;
        }
        delete(&ada, &["f/2"]).await;
        app.clock.advance(seconds(5));
        let keys = ["a", "f/", "new", "never"].map(|name| ada.key(name));
        let job = ask(&ada, json!({"keys": keys, "as_of": as_of})).await;
        app.run_jobs().await;
        let expected = [("a", "old"), ("b", "new"), ("f/1", "old"), ("f/2", "old"), ("f2", "new"), ("new", "new")];
        let expected: Snapshot = expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        assert_eq!(contents(&ada).await, expected);
        let ended = told(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.done), ("done", 3));
        let absent = |name: &str| format!("{}: It was not there at that moment", ada.key(name));
        assert_eq!(ended.failures, [absent("new"), absent("never")]);
    }

    async fn what_others_did_after_the_request_stays(app) {
        let ada = app.user("ada").await;
        for name in ["changed", "deleted", "added", "same"] {
            ada.upload(name, "text/plain", b"old").await;
        }
        delete(&ada, &["added"]).await;
        app.clock.advance(seconds(5));
        let as_of = Timestamp::from_unix(app.clock_seconds()).unwrap();
        app.clock.advance(seconds(5));
        for name in ["changed", "deleted", "same"] {
            ada.upload(name, "text/plain", b"new").await;
        }
        app.clock.advance(seconds(5));
        let job = ask(&ada, json!({"prefix": ada.key(""), "as_of": as_of, "delete_added": true})).await;
        app.clock.advance(seconds(5));
        ada.upload("changed", "text/plain", b"newest").await;
        ada.upload("added", "text/plain", b"newest").await;
        delete(&ada, &["deleted"]).await;
        let before = app.inventory().await;
        app.run_jobs().await;
        let ended = told(&app, job).await;
        let kept = |name: &str| format!("{}: It was changed after this was asked for, and stays as it is", ada.key(name));
        assert_eq!((ended.state.as_str(), ended.done), ("done", 1));
        assert_eq!(ended.failures, [kept("added"), kept("changed"), kept("deleted")]);
        let now = contents(&ada).await;
        assert_eq!((now["changed"].as_str(), now["added"].as_str(), now["same"].as_str()), ("newest", "newest", "old"));
        assert!(!now.contains_key("deleted"));
        assert_eq!(app.inventory().await.len(), before.len() + 1, "one copy");
    }

    async fn who_lost_access_gets_no_further(app) {
        let (ada, root) = (app.user("ada").await, app.admin("root").await);
        ada.upload("a", "text/plain", b"old").await;
        let as_of = Timestamp::from_unix(app.clock_seconds()).unwrap();
        app.clock.advance(seconds(5));
        ada.upload("a", "text/plain", b"new").await;
        app.clock.advance(seconds(5));
        let before = app.inventory().await;
        let job = ask(&ada, json!({"prefix": ada.key(""), "as_of": as_of})).await;
        root.patch(&format!("/api/admin/users/{}", ada.id), json!({"status": "disabled"}))
            .await
            .ok::<Value>();
        app.run_jobs().await;
        let ended = told(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.failures.len()), ("failed", 1), "{ended:?}");
        assert_eq!(app.inventory().await, before);
    }
}

/// At each request in turn storage does what it was asked, the answer is lost, and the program ends there. Another
/// replica goes on, and the end is the same.
#[tokio::test]
async fn a_job_that_ends_anywhere_goes_on_to_the_exact_state() {
    let clock = Arc::new(TestClock::new());
    let proxy = Rewriting::before(TestStore::start_with(Vec::new(), clock.clone()).await).await;
    let app = proxy.app_of(TestApp::builder().clock(clock)).await;
    let mut killed = 0;
    for request in 0.. {
        let who = app.user(&format!("user-{request}")).await;
        let past = live(&app, &who, 40).await;
        let (as_of, then) = moment(&past);
        app.clock.advance(seconds(1));
        let job = ask(
            &who,
            json!({"prefix": who.key(""), "as_of": as_of, "delete_added": true}),
        )
        .await;
        let lost = proxy.lose_answer_after(request);
        let workers = jobs::runner::workers(&app.state);
        let running = tokio::spawn(async move {
            for worker in &workers {
                worker.run_due().await.unwrap();
            }
        });
        let is_killed = tokio::select! {
            () = lost.notified() => true,
            ended = running_end(&app, job) => {
                assert_eq!(ended, "done");
                false
            }
        };
        running.abort();
        let _ = running.await;
        proxy.lose_none();
        app.clock.advance(seconds(LEASE_SECONDS.unsigned_abs()));
        app.run_jobs().await;
        let ended = told(&app, job).await;
        assert_eq!(
            (ended.state.as_str(), ended.failures.len()),
            ("done", 0),
            "{request}: {ended:?}"
        );
        assert_eq!(contents(&who).await, then, "cut at request {request}");
        assert_eq!(changes(&who, as_of).await, ChangeCounts::default());
        if !is_killed {
            break;
        }
        killed += 1;
    }
    assert!(killed > 5, "{killed}");
}

/// When the job has ended.
async fn running_end(app: &TestApp, job: JobId) -> String {
    loop {
        let state = told(app, job).await.state;
        if !matches!(state.as_str(), "queued" | "running") {
            return state;
        }
        tokio::task::yield_now().await;
    }
}

/// Two replicas at once, of which one believes to hold the job still: what comes out is the same.
#[tokio::test]
async fn two_replicas_come_to_the_same_end() {
    let clock = Arc::new(TestClock::new());
    let proxy = Rewriting::before(TestStore::start_with(Vec::new(), clock.clone()).await).await;
    let app = proxy.app_of(TestApp::builder().clock(clock)).await;
    let ada = app.user("ada").await;
    let past = live(&app, &ada, 60).await;
    let (as_of, then) = moment(&past);
    app.clock.advance(seconds(1));
    let job = ask(
        &ada,
        json!({"prefix": ada.key(""), "as_of": as_of, "delete_added": true}),
    )
    .await;
    let lost = proxy.lose_answer_after(4);
    let workers = jobs::runner::workers(&app.state);
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let running = tokio::spawn(async move {
        let running = workers.iter().map(|worker| worker.run(stopping.clone()));
        futures::future::join_all(running).await
    });
    lost.notified().await;
    // The first one hangs in a request; its lease ends.
    app.clock.advance(seconds(LEASE_SECONDS.unsigned_abs()));
    app.run_jobs().await;
    assert_eq!(told(&app, job).await.state, "done");
    assert_eq!(contents(&ada).await, then);
    stop.cancel();
    running.abort();
    let _ = running.await;
    assert_eq!(contents(&ada).await, then);
}
