//! The hold of this replica on a job that it has claimed.

use std::time::Duration;

use app::contract::{JobId, UserId};
use sqlx::AnyConnection;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{
    JobFailure, NewJob, Queue,
    repo::{self, Checkpoint, Claimed, Ended},
};

/// How long after its last renewal another replica takes a job over. Each judges it by its own clock: one that is ahead
/// takes jobs over too soon, which costs steps that are done twice.
pub const LEASE_SECONDS: i64 = 10;
/// Candidates for a claim: with several replicas others may get the first ones.
const CANDIDATES: i64 = 20;
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// What the holder relies on. Moments in the database have no fractions, so a lease may be a second shorter.
const RELIED_ON: Duration = Duration::from_secs(LEASE_SECONDS.unsigned_abs() - 1);

/// Cheap to clone. All of it writes nothing once another replica holds the job.
#[derive(Clone)]
pub(super) struct Lease {
    pub queue: Queue,
    job: JobId,
    owner: Option<UserId>,
    /// Names the claim.
    token: String,
}

impl Lease {
    /// Claims the oldest job of these kinds that is due, if there is one, and not one of `passed_over`.
    pub(super) async fn claim(
        queue: &Queue,
        kinds: &[&str],
        passed_over: &[UserId],
    ) -> Result<Option<(Self, Claimed)>, sqlx::Error> {
        let (platform, pool) = (&queue.platform, queue.platform.db.pool());
        loop {
            let now = platform.now();
            let due = repo::due(pool, kinds, passed_over, now, CANDIDATES).await?;
            if due.is_empty() {
                return Ok(None);
            }
            for job in due {
                let token = platform.rng.uuid().simple().to_string();
                let Some(claimed) = repo::claim(pool, job, &token, now, now + LEASE_SECONDS).await? else {
                    continue;
                };
                queue.has_changed(claimed.owner);
                let lease = Self {
                    queue: queue.clone(),
                    job,
                    owner: claimed.owner,
                    token,
                };
                return Ok(Some((lease, claimed)));
            }
        }
    }

    /// Renews it until it is lost, which may never be. `cancelled` is told when the job's owner asks it to stop.
    pub(super) async fn keep(&self, cancelled: &CancellationToken) {
        let mut until = Instant::now() + RELIED_ON;
        loop {
            sleep(RENEW_EVERY).await;
            let asked_at = Instant::now();
            match timeout_at(until, self.renew()).await {
                Ok(Ok(Some(is_cancelled))) => {
                    until = asked_at + RELIED_ON;
                    if is_cancelled {
                        cancelled.cancel();
                    }
                }
                // A database that is away for a moment may be back in time.
                Ok(Err(error)) if asked_at < until => {
                    tracing::warn!(%error, "a job's lease could not be renewed yet");
                }
                Ok(Ok(None) | Err(_)) | Err(_) => return,
            }
        }
    }

    /// Whether cancellation was asked for; `None` when the lease is lost.
    async fn renew(&self) -> Result<Option<bool>, sqlx::Error> {
        repo::renew(self.queue.platform.db.pool(), self.job, &self.token, self.end()).await
    }

    /// As [`Self::renew`], and writes how far the job is.
    pub(super) async fn checkpoint(
        &self,
        connection: &mut AnyConnection,
        checkpoint: &Checkpoint<'_>,
    ) -> Result<Option<bool>, sqlx::Error> {
        repo::checkpoint(connection, self.job, &self.token, self.end(), checkpoint).await
    }

    /// Ends the job, and queues others in the same transaction. `false` when the lease is lost.
    pub(super) async fn finish(
        &self,
        ended: Ended,
        failure: Option<&JobFailure>,
        undo_expires_at: Option<i64>,
        others: &[NewJob],
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.queue.platform.db.begin().await?;
        let now = self.queue.platform.now();
        let (job, token) = (self.job, &self.token);
        let owner = repo::end(&mut transaction, job, token, ended, failure, undo_expires_at, now).await?;
        let Some(owner) = owner else { return Ok(false) };
        for other in others {
            let id = JobId::from_uuid(self.queue.platform.rng.uuid());
            repo::insert(&mut transaction, id, owner, other, &self.queue.platform).await?;
        }
        transaction.commit().await?;
        self.has_changed();
        Ok(true)
    }

    /// Lets the job be claimed again after `pause` seconds. `false` when the lease is lost.
    pub(super) async fn put_back(&self, pause: i64, attempts: i64) -> Result<bool, sqlx::Error> {
        let due_at = self.queue.platform.now().saturating_add(pause);
        let pool = self.queue.platform.db.pool();
        let is_held = repo::put_back(pool, self.job, &self.token, due_at, attempts).await?;
        self.has_changed();
        Ok(is_held)
    }

    /// Tells those who watch the owner's jobs.
    pub(super) fn has_changed(&self) {
        self.queue.has_changed(self.owner);
    }

    fn end(&self) -> i64 {
        self.queue.platform.now() + LEASE_SECONDS
    }
}
