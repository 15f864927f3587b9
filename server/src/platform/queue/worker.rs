//! Workers: claim jobs and run them, a bounded number at once.

use std::{
    collections::{BTreeMap, HashMap},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use app::contract::UserId;
use futures::FutureExt;
use tokio::{
    task::{Id, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    Handler, JobError, JobFailure, Outcome, Queue, RunningJob, Stop,
    lease::Lease,
    repo::{Claimed, Ended},
};
use crate::platform::database::{Condition, condition};

/// How often a worker looks for jobs that another replica has queued or lost.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long jobs may take to reach a checkpoint when this replica shuts down. Another replica takes over the rest once
/// their leases have ended.
const GRACE: Duration = Duration::from_secs(10);

/// Kinds of jobs that share a number of places. Jobs of other lanes do not wait for them.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    pub name: &'static str,
    /// How many run at once on this replica.
    pub at_once: usize,
    /// How many of them may be one person's.
    pub of_one_person: usize,
}

/// Runs the jobs of one lane.
pub struct Worker {
    queue: Queue,
    lane: Lane,
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
}

impl Worker {
    pub fn new(queue: Queue, lane: Lane, handlers: Vec<Arc<dyn Handler>>) -> Self {
        let handlers = handlers
            .into_iter()
            .map(|handler| (handler.kind(), handler))
            .collect();
        Self {
            queue,
            lane,
            handlers,
        }
    }

    /// Works until `shutting_down`, and returns when its jobs have reached a checkpoint. If it is dropped, it stops at
    /// once, and its jobs wait for the end of their leases.
    pub async fn run(&self, shutting_down: CancellationToken) {
        let mut wakes = self.queue.wakes();
        let mut running = Running::default();
        while !shutting_down.is_cancelled() {
            wakes.mark_unchanged();
            self.fill(&mut running, &shutting_down).await;
            let has_room = running.tasks.len() < self.lane.at_once;
            tokio::select! {
                () = shutting_down.cancelled() => break,
                () = running.one_ends() => {}
                _ = wakes.changed(), if has_room => {}
                () = sleep(LOOK_EVERY), if has_room => {}
            }
        }
        if timeout(GRACE, running.all_end()).await.is_err() {
            tracing::warn!(
                lane = self.lane.name,
                "jobs were still running; they go on after the end of their leases"
            );
            running.tasks.shutdown().await;
        }
    }

    /// Runs the jobs that are due now, one after the other, and answers how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_due(&self) -> Result<usize, sqlx::Error> {
        let mut count = 0;
        while let Some((lease, claimed)) = self.claim(&[]).await? {
            self.start(lease, claimed, CancellationToken::new()).await;
            count += 1;
        }
        Ok(count)
    }

    /// Claims until every place is taken or nothing is due.
    async fn fill(&self, running: &mut Running, shutting_down: &CancellationToken) {
        while running.tasks.len() < self.lane.at_once {
            match self.claim(&running.full(self.lane.of_one_person)).await {
                Ok(Some((lease, claimed))) => {
                    let owner = claimed.owner;
                    running.spawn(owner, self.start(lease, claimed, shutting_down.clone()));
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(lane = self.lane.name, %error, "jobs could not be claimed");
                    make_room(&self.queue, &error);
                    return;
                }
            }
        }
    }

    async fn claim(&self, passed_over: &[UserId]) -> Result<Option<(Lease, Claimed)>, sqlx::Error> {
        let kinds: Vec<_> = self.handlers.keys().copied().collect();
        Lease::claim(&self.queue, &kinds, passed_over).await
    }

    fn start(
        &self,
        lease: Lease,
        claimed: Claimed,
        shutting_down: CancellationToken,
    ) -> impl Future<Output = ()> + Send + 'static {
        let handler = self.handlers.get(claimed.kind.as_str()).cloned();
        let queue = self.queue.clone();
        let span = tracing::info_span!("job", id = %claimed.id, kind = claimed.kind);
        let job = RunningJob::new(lease, claimed, shutting_down);
        async move {
            // Only kinds with a handler are claimed.
            let Some(handler) = handler else { return };
            if let Err(error) = work(handler.as_ref(), job, &queue).await {
                // The job is claimed again when its lease has ended.
                tracing::warn!(%error, "what became of a job could not be written");
                make_room(&queue, &error);
            }
        }
        .instrument(span)
    }
}

/// On a full disk jobs use the reserve: those that delete make room.
fn make_room(queue: &Queue, error: &sqlx::Error) {
    if condition(error) == Condition::Full {
        queue.platform.db.release_reserve();
    }
}

/// Runs a job and writes how the run ended.
async fn work(handler: &dyn Handler, mut job: RunningJob, queue: &Queue) -> Result<(), sqlx::Error> {
    let (lease, cancelled) = (job.lease.clone(), job.cancelled.clone());
    let backoff = handler.backoff();
    let is_held = if job.attempts() > backoff.max_attempts {
        // Every attempt ended without a word: the job itself may crash the program.
        let attempts = job.attempts() - 1;
        give_up(handler, &lease, &mut job, attempts).await?
    } else {
        let run = AssertUnwindSafe(handler.run(&mut job)).catch_unwind();
        let result = tokio::select! {
            biased;
            () = lease.keep(&cancelled) => Err(Stop::LeaseLost.into()),
            result = run => result.unwrap_or_else(|_| Err(JobError::Temporary("the handler panicked".into()))),
        };
        settle(handler, &lease, &mut job, result, queue).await?
    };
    if !is_held {
        tracing::warn!("another replica has taken the job over");
    }
    Ok(())
}

/// `false` when the lease is lost.
async fn settle(
    handler: &dyn Handler,
    lease: &Lease,
    job: &mut RunningJob,
    result: Result<Outcome, JobError>,
    queue: &Queue,
) -> Result<bool, sqlx::Error> {
    let undo = job.undo_expires_at();
    match result {
        Ok(Outcome::Done) => lease.finish(Ended::Done, None, undo, &[]).await,
        Ok(Outcome::Replaced(others)) => {
            let is_held = lease.finish(Ended::Done, None, undo, &others).await?;
            queue.wake();
            Ok(is_held)
        }
        Ok(Outcome::Later(pause)) => {
            let pause = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
            lease.put_back(pause, 0).await
        }
        Err(JobError::Stopped(Stop::LeaseLost)) => Ok(false),
        Err(JobError::Stopped(Stop::Cancelled)) => lease.finish(Ended::Cancelled, None, undo, &[]).await,
        Err(JobError::Stopped(Stop::ShuttingDown)) => lease.put_back(0, job.attempts()).await,
        Err(JobError::Temporary(error)) => {
            let attempts = job.attempts().max(1);
            tracing::warn!(attempts, error = error.as_ref(), "a job could not go on yet");
            if job.is_cancelled() {
                return lease.finish(Ended::Cancelled, None, undo, &[]).await;
            }
            match handler.backoff().pause(attempts) {
                Some(pause) => lease.put_back(pause, attempts).await,
                None => give_up(handler, lease, job, attempts).await,
            }
        }
        Err(JobError::Failed(failure)) => fail(lease, job, &failure).await,
    }
}

async fn fail(lease: &Lease, job: &RunningJob, failure: &JobFailure) -> Result<bool, sqlx::Error> {
    tracing::warn!(message = failure.message, "a job failed");
    lease
        .finish(Ended::Failed, Some(failure), job.undo_expires_at(), &[])
        .await
}

async fn give_up(
    handler: &dyn Handler,
    lease: &Lease,
    job: &mut RunningJob,
    attempts: i64,
) -> Result<bool, sqlx::Error> {
    let failure = JobFailure {
        key: String::new(),
        message: format!("Given up after {attempts} attempts"),
    };
    if let Err(error) = handler.given_up(job, &failure).await {
        tracing::warn!(%error, "a job that is given up was not tidied up");
    }
    fail(lease, job, &failure).await
}

/// The jobs that run now.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    owners: HashMap<Id, Option<UserId>>,
}

impl Running {
    fn spawn(&mut self, owner: Option<UserId>, job: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(job);
        self.owners.insert(task.id(), owner);
    }

    /// The owners who have this many jobs running.
    fn full(&self, of_one_person: usize) -> Vec<UserId> {
        let mut counts = HashMap::<UserId, usize>::new();
        for owner in self.owners.values().flatten() {
            *counts.entry(*owner).or_default() += 1;
        }
        counts.retain(|_, count| *count >= of_one_person);
        counts.into_keys().collect()
    }

    /// Waits for the next job to end; for ever, when none runs.
    async fn one_ends(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => self.owners.remove(&id),
            Some(Err(error)) => self.owners.remove(&error.id()),
            None => std::future::pending().await,
        };
    }

    async fn all_end(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}
