//! Starts, stops and awaits all background work.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    buckets, files,
    mail::{self, Letters},
    quota, sweep, uploads, versions,
};
use crate::{
    features::jobs::Jobs,
    platform::queue::{Handler, Lane, Worker},
    state::AppState,
    telemetry,
};

/// Letters, one at a time and in the order in which they were queued, over one connection to the mail server.
const MAIL: Lane = Lane {
    name: "mail",
    at_once: 1,
    of_one_person: 1,
};
/// Jobs of people: four at once, at most two of one person, so that nobody's ten jobs keep others waiting.
const PEOPLE: Lane = Lane {
    name: "people",
    at_once: 4,
    of_one_person: 2,
};
/// Counts of storage, in a lane of their own: people's jobs and counts do not wait for each other.
const UPKEEP: Lane = Lane {
    name: "upkeep",
    at_once: 1,
    of_one_person: 1,
};

/// The background work of one replica. Dropping it cuts the work off.
pub struct Background {
    stopping: CancellationToken,
    tasks: JoinSet<()>,
    jobs: Jobs,
}

impl Background {
    pub fn start(state: &AppState) -> Self {
        let mut background = Self {
            stopping: CancellationToken::new(),
            tasks: JoinSet::new(),
            jobs: state.jobs.clone(),
        };
        for worker in workers(state) {
            let stopping = background.stopping.clone();
            background.supervise("jobs", async move { worker.run(stopping).await });
        }
        background.spawn("the check of the mail server", mail::check(state.mails.clone()));
        background.spawn("the reaper of uploads", uploads::reap(state.reaper.clone()));
        background.spawn(
            "the removal of old versions",
            versions::expire(state.retention.clone()),
        );
        background.spawn("the upkeep of buckets", buckets::finish(state.buckets.clone()));
        let sweep = sweep::sweep(
            state.auth.clone(),
            state.queue.clone(),
            state.archives.clone(),
            state.changes.clone(),
        );
        background.spawn("the sweep", sweep);
        let quotas = quota::keep(state.settler.clone(), state.counting.clone());
        background.spawn("the upkeep of quotas", quotas);
        background.spawn("the log's budget", telemetry::budget::report_left_out());
        background
    }

    /// Adds work that can be dropped at any `.await`.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.supervise(name, async move {
            stopping.run_until_cancelled(task).await;
        });
    }

    /// Stops all work, and returns when none of it runs any more. Jobs reach their next checkpoint first. Event streams
    /// end too, since they are requests that would never end by themselves.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        self.jobs.close_streams();
        while self.tasks.join_next().await.is_some() {}
    }

    fn supervise(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                tracing::error!(
                    name,
                    "background work has panicked, and stays away until the next start"
                );
            }
        });
    }
}

/// One for each lane.
pub fn workers(state: &AppState) -> Vec<Worker> {
    let letters = Letters::new(state.mails.clone(), state.auth.clone());
    let mut people: Vec<Arc<dyn Handler>> = files::handlers(state);
    people.extend(state.history.handlers());
    let lanes: [(Lane, Vec<Arc<dyn Handler>>); 3] = [
        (MAIL, vec![Arc::new(letters)]),
        (PEOPLE, people),
        (UPKEEP, vec![Arc::new(state.counting.clone())]),
    ];
    lanes
        .into_iter()
        .map(|(lane, handlers)| Worker::new(state.queue.clone(), lane, handlers))
        .collect()
}
