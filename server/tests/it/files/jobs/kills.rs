//! Runners that end at every step of a job, storage that is away, and two runners at once: the end is exact.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use serde_json::json;
use time::Duration;

use super::{Thing, begin, job, put, run_well, things, undo};
use crate::support::{Fault, Faults, TestApp, User};

/// What a job is, by the folder that it works in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Copy,
    Move,
    Delete,
    Permanent,
    UndoCopy,
    UndoMove,
    UndoDelete,
}

type Things = BTreeMap<String, Thing>;

/// One round: a tree of its own, and what must be there in the end.
struct Round<'a> {
    app: &'a TestApp,
    ada: &'a User,
    sdk: &'a Client,
    folder: String,
    kind: Kind,
}

impl Round<'_> {
    fn path(&self, rest: &str) -> String {
        self.ada.key(&format!("{}{rest}", self.folder))
    }

    async fn things(&self) -> Things {
        things(self.sdk, &self.path("")).await
    }

    /// Makes the tree, begins the job, and answers its id and what must be there in the end.
    async fn begin(&self) -> (String, Things) {
        for (name, bytes) in ORIGINAL {
            put(self.sdk, &self.path(name), bytes.as_bytes()).await;
        }
        let before = self.things().await;
        let at = |folder: &'static str| {
            let before = before.clone();
            before
                .into_iter()
                .filter_map(move |(key, thing)| Some((key.strip_prefix(folder)?.to_owned(), thing)))
        };
        let transfer = json!({
            "source": self.path("from/"), "destination": self.path("to/"), "on_conflict": "overwrite",
        });
        let mut after = before.clone();
        let (path, body) = match self.kind {
            Kind::Copy | Kind::UndoCopy => ("/api/s3/copy", transfer),
            Kind::Move | Kind::UndoMove => ("/api/s3/move", transfer),
            Kind::Delete | Kind::UndoDelete => ("/api/s3/delete", json!({"prefixes": [self.path("from/")]})),
            Kind::Permanent => (
                "/api/s3/delete",
                json!({"prefixes": [self.path("from/")], "permanent": true}),
            ),
        };
        match self.kind {
            Kind::Copy | Kind::Move => {
                after.extend(at("from/").map(|(key, thing)| (format!("to/{key}"), thing)));
            }
            _ => {}
        }
        if matches!(self.kind, Kind::Move | Kind::Delete | Kind::Permanent) {
            after.retain(|key, _| !key.starts_with("from/"));
        }
        let id = match self.kind {
            Kind::Copy | Kind::Move | Kind::Delete | Kind::Permanent => begin(self.ada, path, body).await,
            Kind::UndoCopy | Kind::UndoMove | Kind::UndoDelete => {
                let done = run_well(self.app, self.ada, path, body).await;
                begin(self.ada, &format!("/api/jobs/{done}/undo"), json!({})).await
            }
        };
        (id, after)
    }
}

/// Past the end of a lease.
const LEASE: Duration = Duration::seconds(11);

async fn is_exact(round: &Round<'_>, id: &str, after: &Things, when: &str) {
    let ended = job(round.app, id).await;
    assert_eq!(
        (ended.state.as_str(), &ended.failures),
        ("done", &vec![]),
        "{when}: {ended:?}"
    );
    assert_eq!(&round.things().await, after, "{when}");
    if matches!(round.kind, Kind::Copy | Kind::Move | Kind::Delete) {
        // Whatever a step left when it was done again: the undo makes it what it was.
        assert!(ended.can_be_undone, "{when}");
    }
    if round.kind == Kind::Permanent {
        let left = round
            .sdk
            .list_object_versions()
            .bucket("forepeak")
            .prefix(round.path("from/"))
            .send()
            .await
            .unwrap();
        assert_eq!(
            (left.versions().len(), left.delete_markers().len()),
            (0, 0),
            "{when}"
        );
    }
}

/// What a round begins with.
const ORIGINAL: [(&str, &str); 6] = [
    ("from/a", "1"),
    ("from/b/", ""),
    ("from/b/c + d", "22"),
    ("from/e", "333"),
    ("to/a", "overwritten"),
    ("to/z", "stays"),
];

async fn in_every_step(kind: Kind, fault: Fault, two_runners: bool, postgres: bool) {
    let faults = Faults::start().await;
    let app = faults.app(postgres).await;
    let mut ada = app.user("ada").await;
    let sdk = faults.storage.sdk();
    // What is found out about storage once is known in every round.
    put(&sdk, &ada.key("warm/x"), b"x").await;
    run_well(
        &app,
        &ada,
        "/api/s3/delete",
        json!({"prefixes": [ada.key("warm/")]}),
    )
    .await;
    let mut steps = 0;
    for nth in 1.. {
        if nth % 60 == 0 {
            ada = app.sign_in("ada", crate::support::PASSWORD).await;
        }
        let round = Round {
            app: &app,
            ada: &ada,
            sdk: &sdk,
            folder: format!("{nth:03}/"),
            kind,
        };
        let when = format!("{kind:?} {fault:?} at request {nth}");
        let (id, after) = round.begin().await;
        faults.plan(nth, fault);
        let workers = app.workers();
        let mut running = tokio::spawn(async move {
            for worker in &workers {
                worker.run_due().await.unwrap();
            }
        });
        let has_ended = tokio::select! {
            ended = &mut running => { ended.unwrap(); true }
            () = faults.reached(), if fault != Fault::Away => false,
        };
        match (has_ended, two_runners) {
            (false, true) => {
                // Another takes the job over while the first one still waits for its answer.
                app.clock.advance(LEASE);
                app.run_jobs().await;
                faults.heal();
                running.await.unwrap();
            }
            (false, false) => {
                running.abort();
                let _ = running.await;
                faults.heal();
                app.clock.advance(LEASE);
            }
            (true, _) => {}
        }
        let is_last = !faults.is_reached();
        faults.heal();
        for _ in 0..3 {
            app.clock.advance(LEASE);
            app.run_jobs().await;
        }
        is_exact(&round, &id, &after, &when).await;
        let before = ORIGINAL
            .into_iter()
            .map(|(key, bytes)| (key.to_owned(), bytes.as_bytes().to_vec()))
            .collect::<BTreeMap<_, _>>();
        if matches!(kind, Kind::Copy | Kind::Move | Kind::Delete) {
            let undone = undo(&app, &ada, &id).await;
            assert_eq!(undone.failures, [], "{when}: undo");
            let now: BTreeMap<_, _> = round
                .things()
                .await
                .into_iter()
                .map(|(key, thing)| (key, thing.bytes))
                .collect();
            assert_eq!(now, before, "{when}: undo");
        }
        if is_last {
            break;
        }
        steps = nth;
    }
    assert!(steps >= 2, "{kind:?}: no step was reached");
}

macro_rules! killed {
    ($($name:ident: $kind:ident, $fault:ident, $two:literal, $postgres:literal;)+) => {$(
        #[tokio::test]
        async fn $name() {
            in_every_step(Kind::$kind, Fault::$fault, $two, $postgres).await;
        }
    )+};
}

killed! {
    a_copy_whose_runner_ends_before_each_request: Copy, HoldRequest, false, false;
    a_copy_whose_runner_ends_after_each_request: Copy, HoldAnswer, false, false;
    a_copy_by_two_runners: Copy, HoldAnswer, true, false;
    a_copy_by_two_runners_of_which_one_is_late: Copy, HoldRequest, true, false;
    a_copy_while_storage_is_away: Copy, Away, false, false;
    a_move_whose_runner_ends_before_each_request: Move, HoldRequest, false, false;
    a_move_whose_runner_ends_after_each_request: Move, HoldAnswer, false, false;
    a_move_whose_runner_ends_after_each_request_on_postgres: Move, HoldAnswer, false, true;
    a_move_by_two_runners: Move, HoldAnswer, true, false;
    a_move_by_two_runners_of_which_one_is_late: Move, HoldRequest, true, true;
    a_move_while_storage_is_away: Move, Away, false, false;
    a_deletion_whose_runner_ends_before_each_request: Delete, HoldRequest, false, false;
    a_deletion_whose_runner_ends_after_each_request: Delete, HoldAnswer, false, false;
    a_deletion_by_two_runners: Delete, HoldAnswer, true, false;
    a_deletion_for_good_whose_runner_ends_after_each_request: Permanent, HoldAnswer, false, false;
    an_undo_of_a_copy_whose_runner_ends_after_each_request: UndoCopy, HoldAnswer, false, false;
    an_undo_of_a_move_whose_runner_ends_before_each_request: UndoMove, HoldRequest, false, false;
    an_undo_of_a_move_whose_runner_ends_after_each_request: UndoMove, HoldAnswer, false, false;
    an_undo_of_a_move_by_two_runners: UndoMove, HoldAnswer, true, false;
    an_undo_of_a_move_while_storage_is_away: UndoMove, Away, false, false;
    an_undo_of_a_deletion_whose_runner_ends_after_each_request: UndoDelete, HoldAnswer, false, false;
}
