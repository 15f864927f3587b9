//! Versions that are older than they are kept go, and nothing else does.

use app::{contract::Timestamp, features::jobs::types::QueuedJob};
use serde_json::{Value, json};
use server::features::files::retention::Expired;
use time::Duration;

use super::{contents, jobs, seconds};
use crate::support::{PASSWORD, TestApp, User, on_both_databases};

/// Somebody signed in anew: days pass in these tests.
async fn after(app: &TestApp, passed: Duration) -> User {
    app.clock.advance(passed);
    app.sign_in("ada", PASSWORD).await
}

async fn round(app: &TestApp) -> Expired {
    app.state.retention.round().await.unwrap()
}

async fn delete(who: &User, name: &str) {
    who.delete_json("/api/s3/object", json!({"key": who.key(name)}))
        .await
        .ok::<Value>();
}

/// What is in the bucket: of each name how many versions with bytes, and how many delete markers.
async fn left(app: &TestApp, who: &User) -> Vec<(String, usize, usize)> {
    let mut left = std::collections::BTreeMap::<String, (usize, usize)>::new();
    for row in app.inventory().await {
        let row = row.strip_prefix(&who.key("")).unwrap().to_owned();
        let (name, rest) = row.split_once(' ').unwrap();
        let counts = left.entry(name.to_owned()).or_default();
        if rest == "deleted" {
            counts.1 += 1;
        } else {
            counts.0 += 1;
        }
    }
    left.into_iter()
        .map(|(name, (versions, markers))| (name, versions, markers))
        .collect()
}

fn named(rows: &[(&str, usize, usize)]) -> Vec<(String, usize, usize)> {
    rows.iter()
        .map(|(name, versions, markers)| ((*name).to_owned(), *versions, *markers))
        .collect()
}

on_both_databases! { @ TestApp::builder().storage_on_clock().var("VERSIONS_KEEP_DAYS", "3");
    async fn old_versions_go_when_their_days_are_over(app) {
        let ada = app.user("ada").await;
        for name in ["a", "b", "current", "gone", "gone-twice"] {
            ada.upload(name, "text/plain", b"first").await;
        }
        let ada = after(&app, Duration::days(1)).await;
        ada.upload("a", "text/plain", b"second").await;
        delete(&ada, "gone").await;
        delete(&ada, "gone-twice").await;
        let ada = after(&app, Duration::days(1)).await;
        ada.upload("a", "text/plain", b"third").await;
        ada.upload("b", "text/plain", b"second").await;
        ada.upload("gone-twice", "text/plain", b"second").await;
        delete(&ada, "gone-twice").await;
        let all = named(&[("a", 3, 0), ("b", 2, 0), ("current", 1, 0), ("gone", 1, 1), ("gone-twice", 2, 2)]);
        assert_eq!(left(&app, &ada).await, all);
        let ada = after(&app, Duration::days(2) - Duration::seconds(1)).await;
        assert_eq!(round(&app).await, Expired::default());
        assert_eq!(left(&app, &ada).await, all, "three days are not over for any");

        // What was replaced or deleted on the first day. The second marker is the latest of its key, and stays.
        let ada = after(&app, Duration::seconds(2)).await;
        let expired = Expired { versions: 3, bytes: 15, markers: 1, failed: 0 };
        assert_eq!(round(&app).await, expired);
        assert_eq!(
            left(&app, &ada).await,
            named(&[("a", 2, 0), ("b", 2, 0), ("current", 1, 0), ("gone-twice", 1, 2)])
        );
        assert_eq!(round(&app).await, Expired::default(), "nothing is left to do");

        let ada = after(&app, Duration::days(1)).await;
        round(&app).await;
        assert_eq!(left(&app, &ada).await, named(&[("a", 1, 0), ("b", 1, 0), ("current", 1, 0)]));
        let now = contents(&ada).await;
        assert_eq!(
            now.into_iter().collect::<Vec<_>>(),
            [("a", "third"), ("b", "second"), ("current", "first")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }

    async fn what_was_done_can_be_undone_and_brought_back_within_the_days(app) {
        let ada = app.user("ada").await;
        for name in ["f/a", "f/b", "g/a"] {
            ada.upload(name, "text/plain", name.as_bytes()).await;
        }
        let then = contents(&ada).await;
        let as_of = Timestamp::from_unix(app.clock_seconds()).unwrap();
        let ada = after(&app, Duration::days(10)).await;
        let body = json!({"source": ada.key("f/"), "destination": ada.key("g/"), "on_conflict": "overwrite"});
        let id = jobs::run_well(&app, &ada, "/api/s3/move", body).await;
        let ada = after(&app, Duration::hours(23)).await;
        assert_eq!(round(&app).await, Expired::default());
        assert_eq!(jobs::undo(&app, &ada, &id).await.failures, []);
        assert_eq!(contents(&ada).await, then);

        ada.upload("f/a", "text/plain", b"changed").await;
        delete(&ada, "f/b").await;
        let ada = after(&app, Duration::days(3) - Duration::minutes(1)).await;
        assert_eq!(round(&app).await, Expired::default());
        let body = json!({"prefix": ada.key(""), "as_of": as_of});
        ada.post("/api/s3/object/restore", body).await.json::<QueuedJob>();
        app.run_jobs().await;
        assert_eq!(contents(&ada).await, then);
    }

    async fn what_a_job_may_bring_back_is_left_alone(app) {
        let ada = app.user("ada").await;
        ada.upload("f/a", "text/plain", b"x").await;
        ada.upload("b", "text/plain", b"x").await;
        app.clock.advance(seconds(1));
        delete(&ada, "f/a").await;
        delete(&ada, "b").await;
        let ada = after(&app, Duration::days(4)).await;
        let body = json!({"prefix": ada.key("f/"), "deleted_only": true});
        ada.post("/api/s3/object/restore", body).await.json::<QueuedJob>();
        let expired = round(&app).await;
        assert_eq!((expired.versions, expired.markers), (1, 1));
        app.run_jobs().await;
        assert_eq!(contents(&ada).await.into_keys().collect::<Vec<_>>(), ["f/a"]);
    }

    async fn one_replica_does_it_once_a_day(app) {
        app.user("ada").await;
        let rounds = futures::future::join_all((0..8).map(|_| app.state.retention.round_if_due())).await;
        let done = rounds.into_iter().filter(|round| matches!(round, Ok(Some(_)))).count();
        assert_eq!(done, 1);
        app.clock.advance(Duration::hours(23));
        assert_eq!(app.state.retention.round_if_due().await.unwrap(), None);
        app.clock.advance(Duration::hours(1));
        app.storage().stop();
        app.state.retention.round_if_due().await.unwrap_err();
        // It is tried again before the day is over.
        assert_eq!(app.state.retention.round_if_due().await.unwrap(), None);
        app.clock.advance(Duration::hours(1));
        app.state.retention.round_if_due().await.unwrap_err();
    }
}

#[tokio::test]
async fn without_a_number_of_days_versions_stay() {
    let app = TestApp::builder().storage_on_clock().build().await;
    let ada = app.user("ada").await;
    ada.upload("a", "text/plain", b"x").await;
    ada.upload("a", "text/plain", b"y").await;
    app.clock.advance(Duration::days(10_000));
    assert_eq!(app.state.retention.round_if_due().await.unwrap(), None);
    assert_eq!(round(&app).await, Expired::default());
    assert_eq!(app.inventory().await.len(), 2);
}
