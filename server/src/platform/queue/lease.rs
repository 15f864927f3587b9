//! The lease of a job that this replica has claimed.

use std::time::Duration;

use app::contract::{JobId, UserId};
use sqlx::AnyConnection;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{
    JobFailure, NewJob, Queue,
    repo::{self, Checkpoint, Claimed, Ended},
};

/// Seconds after the last renewal at which another replica may take a job over. Each replica uses its own clock: one
/// that is ahead takes jobs over too soon, which costs repeated steps.
pub const LEASE_SECONDS: i64 = 10;
/// How many due jobs are read for one claim: other replicas may claim the first ones meanwhile.
const CANDIDATES: i64 = 20;
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// How long the holder may rely on its lease. Moments in the database are whole seconds, so a lease may be a second
/// shorter.
const RELIED_ON: Duration = Duration::from_secs(LEASE_SECONDS.unsigned_abs() - 1);

/// Cheap to clone. Its functions write nothing once another replica holds the job.
#[derive(Clone)]
pub(super) struct Lease {
    pub queue: Queue,
    job: JobId,
    owner: Option<UserId>,
    /// Names the claim.
    token: String,
}

impl Lease {
    /// Claims the oldest due job of these kinds, leaving out the jobs of `passed_over`.
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

    /// Renews the lease until it is lost. Tells `cancelled` when the job's owner asks it to stop.
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
                // The database may be back before the lease ends.
                Ok(Err(error)) if asked_at < until => {
                    tracing::warn!(%error, "a job's lease could not be renewed yet");
                }
                Ok(Ok(None) | Err(_)) | Err(_) => return,
            }
        }
    }

    /// Renews the lease, and answers whether the owner has asked the job to stop; `None` when the lease is lost.
    async fn renew(&self) -> Result<Option<bool>, sqlx::Error> {
        repo::renew(self.queue.platform.db.pool(), self.job, &self.token, self.end()).await
    }

    /// The same as [`Self::renew`], and writes how far the job is.
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

    /// Gives the lease back, so that the job is claimed again after `pause` seconds. `false` when the lease is lost.
    pub(super) async fn put_back(&self, pause: i64, attempts: i64) -> Result<bool, sqlx::Error> {
        let due_at = self.queue.platform.now().saturating_add(pause);
        let pool = self.queue.platform.db.pool();
        let is_held = repo::put_back(pool, self.job, &self.token, due_at, attempts).await?;
        self.has_changed();
        Ok(is_held)
    }

    /// Notifies the event streams of the job's owner.
    pub(super) fn has_changed(&self) {
        self.queue.has_changed(self.owner);
    }

    fn end(&self) -> i64 {
        self.queue.platform.now() + LEASE_SECONDS
    }
}
