//! Storage that does not allow something, and storage that stays away: the job ends, says why, and offers its undo.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::Duration;

use super::{Job, begin, job, put, run_well, things, undo};
use crate::support::{Fault, Faults, TestApp, on_both_databases};

const ORIGINAL: [(&str, &str); 5] = [
    ("from/a", "1"),
    ("from/b/c + d", "22"),
    ("from/e", "333"),
    ("to/a", "overwritten"),
    ("to/z", "stays"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Copy,
    Move,
    Delete,
    Permanent,
    Restore,
    Undo,
}

impl Kind {
    fn request(self, path: impl Fn(&str) -> String) -> (&'static str, Value) {
        let transfer =
            json!({"source": path("from/"), "destination": path("to/"), "on_conflict": "overwrite"});
        match self {
            Self::Copy => ("/api/s3/copy", transfer),
            Self::Move | Self::Undo => ("/api/s3/move", transfer),
            Self::Delete => ("/api/s3/delete", json!({"prefixes": [path("from/")]})),
            Self::Permanent => (
                "/api/s3/delete",
                json!({"prefixes": [path("from/")], "permanent": true}),
            ),
            Self::Restore => (
                "/api/s3/object/restore",
                json!({"prefix": path(""), "deleted_only": true}),
            ),
        }
    }
}

fn says_why(ended: &Job, when: &str) {
    assert!(!ended.failures.is_empty(), "{when}: {ended:?}");
    for (_, message) in &ended.failures {
        assert!(message.contains("Storage does not allow"), "{when}: {ended:?}");
    }
}

/// Each request of a job in turn is refused with 403, and those after it or not. The job ends at once, and nothing is
/// lost.
async fn denied_at_each_request(kind: Kind, fault: Fault) {
    let faults = Faults::start().await;
    let app = faults.app(false).await;
    let sdk = faults.storage.sdk();
    ahead_of_storage(&app, &sdk).await;
    let mut ada = app.user("ada").await;
    put(&sdk, &ada.key("warm/x"), b"x").await;
    let warm = json!({"prefixes": [ada.key("warm/")]});
    run_well(&app, &ada, "/api/s3/delete", warm).await;
    for nth in 1.. {
        if nth % 40 == 0 {
            ada = app.sign_in("ada", crate::support::PASSWORD).await;
        }
        let when = format!("{kind:?} {fault:?} at request {nth}");
        let path = |rest: &str| ada.key(&format!("{nth:03}/{rest}"));
        for (name, bytes) in ORIGINAL {
            put(&sdk, &path(name), bytes.as_bytes()).await;
        }
        let bytes = async || {
            let things = things(&sdk, &path("")).await;
            things
                .into_iter()
                .map(|(key, thing)| (key, thing.bytes))
                .collect::<BTreeMap<_, _>>()
        };
        let before = bytes().await;
        let (route, body) = kind.request(path);
        // What brings everything back in the end: the job's own undo, or that of the one before it.
        let (id, first) = match kind {
            Kind::Undo => {
                let first = run_well(&app, &ada, route, body).await;
                let id = begin(&ada, &format!("/api/jobs/{first}/undo"), json!({})).await;
                (id, Some(first))
            }
            Kind::Restore => {
                let deletion = json!({"prefixes": [path("from/")]});
                let first = run_well(&app, &ada, "/api/s3/delete", deletion).await;
                (begin(&ada, route, body).await, Some(first))
            }
            _ => (begin(&ada, route, body).await, None),
        };
        faults.plan(nth, fault);
        app.run_jobs().await;
        let is_last = !faults.is_reached();
        faults.heal();
        let ended = job(&app, &id).await;
        assert!(
            matches!(ended.state.as_str(), "done" | "failed"),
            "{when}: {ended:?}"
        );
        if is_last {
            assert_eq!((ended.state.as_str(), ended.failures), ("done", vec![]), "{when}");
            assert!(nth > 2, "{kind:?}: no request was refused");
            return;
        }
        if !faults.is_work_reached() {
            let whole = (ended.state.as_str(), ended.failures.as_slice(), Some(ended.done));
            assert_eq!(whole, ("done", [].as_slice(), ended.total), "{when}");
        } else if fault == Fault::Denied {
            says_why(&ended, &when);
        }
        if kind == Kind::Permanent {
            continue;
        }
        let id = first.unwrap_or(id);
        if job(&app, &id).await.can_be_undone {
            assert_eq!(undo(&app, &ada, &id).await.failures, [], "{when}: undo");
        }
        assert_eq!(bytes().await, before, "{when}: undo");
    }
}

/// What storage has dated by then is older than what the application is asked.
async fn ahead_of_storage(app: &TestApp, sdk: &aws_sdk_s3::Client) {
    put(sdk, "dated", b"x").await;
    let dated = sdk
        .head_object()
        .bucket("forepeak")
        .key("dated")
        .send()
        .await
        .unwrap();
    let ahead = dated.last_modified().unwrap().secs() - app.clock_seconds() + 3600;
    app.clock.advance(Duration::seconds(ahead));
}

macro_rules! denied {
    ($($name:ident: $kind:ident, $fault:ident;)+) => {$(
        #[tokio::test]
        async fn $name() {
            denied_at_each_request(Kind::$kind, Fault::$fault).await;
        }
    )+};
}

denied! {
    a_copy_that_is_not_allowed_from_each_request_on: Copy, Denied;
    a_copy_of_which_one_request_is_not_allowed: Copy, DeniedOnce;
    a_move_that_is_not_allowed_from_each_request_on: Move, Denied;
    a_move_of_which_one_request_is_not_allowed: Move, DeniedOnce;
    a_deletion_that_is_not_allowed_from_each_request_on: Delete, Denied;
    a_deletion_for_good_that_is_not_allowed_from_each_request_on: Permanent, Denied;
    a_restore_that_is_not_allowed_from_each_request_on: Restore, Denied;
    an_undo_that_is_not_allowed_from_each_request_on: Undo, Denied;
}

/// The next time that it fails is the last.
async fn has_tried_often(app: &TestApp, id: &str, attempts: i64) {
    sqlx::query("UPDATE jobs SET attempts = $2, due_at = 0 WHERE id = $1")
        .bind(id)
        .bind(attempts)
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
}

async fn rows_of(app: &TestApp, id: &str) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT outcome, COALESCE(detail, '') FROM audit_log WHERE target = $1 ORDER BY at_ms, detail",
    )
    .bind(id)
    .fetch_all(app.state.platform.db.pool())
    .await
    .unwrap()
}

on_both_databases! { with storage;
    /// Its runner was never heard of again, as often as is tried.
    async fn a_job_that_is_given_up_unheard_has_its_undo_and_its_end(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("f/x"), b"x").await;
        let id = run_well(&app, &ada, "/api/s3/move", json!({"source": ada.key("f/"), "destination": ada.key("g/")})).await;
        // As if the last checkpoint had not been the end.
        sqlx::query("UPDATE jobs SET state = 'queued', finished_at = NULL, undo_expires_at = NULL WHERE id = $1")
            .bind(&id)
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        has_tried_often(&app, &id, 50).await;
        app.run_jobs().await;
        let ended = job(&app, &id).await;
        assert_eq!((ended.state.as_str(), ended.can_be_undone), ("failed", true), "{ended:?}");
        assert_eq!(ended.failures, [(String::new(), "Given up after 50 attempts".to_owned())]);
        let rows = rows_of(&app, &id).await;
        let last = rows.iter().find(|(outcome, _)| outcome == "failed").unwrap();
        assert!(last.1.contains("Given up after 50 attempts"), "{rows:?}");
        assert_eq!(undo(&app, &ada, &id).await.failures, []);
        assert_eq!(things(&sdk, &ada.key("")).await.into_keys().collect::<Vec<_>>(), ["f/x"]);
    }
}

/// Storage stays away in the middle of a job until it is given up.
#[tokio::test]
async fn a_job_that_gave_up_can_be_undone_and_is_in_the_audit_log() {
    let faults = Faults::start().await;
    let app = faults.app(false).await;
    let ada = app.user("ada").await;
    let sdk = faults.storage.sdk();
    for n in 0..201 {
        put(&sdk, &ada.key(&format!("f/{n:03}")), b"x").await;
    }
    let before = things(&sdk, &ada.key("")).await;
    let body = json!({"source": ada.key("f/"), "destination": ada.key("g/")});
    let id = begin(&ada, "/api/s3/move", body).await;
    let sure_to_be_in_the_first_batch = 260;
    faults.plan(sure_to_be_in_the_first_batch, Fault::Away);
    app.run_jobs().await;
    assert!(faults.is_reached());
    assert_eq!(job(&app, &id).await.state, "queued");
    has_tried_often(&app, &id, 49).await;
    app.run_jobs().await;
    let ended = job(&app, &id).await;
    assert_eq!(
        (ended.state.as_str(), ended.can_be_undone),
        ("failed", true),
        "{ended:?}"
    );
    let rows = rows_of(&app, &id).await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows.iter()
            .any(|(outcome, detail)| outcome == "failed" && detail.contains("Given up"))
    );
    faults.heal();
    assert_eq!(undo(&app, &ada, &id).await.failures, []);
    assert_eq!(things(&sdk, &ada.key("")).await, before);
}

/// Storage that does not know our credentials, or whose clock is another, is waited for: its operator mends that.
#[tokio::test]
async fn a_job_waits_for_credentials_that_are_mended() {
    let faults = Faults::start().await;
    let app = faults.app(false).await;
    let ada = app.user("ada").await;
    let sdk = faults.storage.sdk();
    put(&sdk, &ada.key("f/x"), b"x").await;
    let id = begin(&ada, "/api/s3/delete", json!({"prefixes": [ada.key("f/")]})).await;
    faults.plan(1, Fault::UnknownKey);
    app.run_jobs().await;
    assert!(faults.is_reached());
    assert_eq!(job(&app, &id).await.state, "queued");
    faults.heal();
    app.clock.advance(Duration::minutes(1));
    app.run_jobs().await;
    assert_eq!(job(&app, &id).await.state, "done");
}
