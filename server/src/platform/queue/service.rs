//! Into the queue, and claims out of it.

use std::sync::Arc;

use app::contract::{JobId, UserId};
use sqlx::AnyConnection;
use tokio::sync::{broadcast, watch};

use super::{NewJob, repo};
use crate::platform::Platform;

/// How many jobs of one person may wait or run.
pub const MAX_OPEN_JOBS: i64 = 10;
/// How long a job that has ended is shown, and how many of one person.
const KEEP_SECONDS: i64 = 7 * 86_400;
const KEEP_JOBS: i64 = 1000;
/// Changes that a watcher may be behind before it is told no more than that there were some.
const CHANGES: usize = 256;

/// Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    pub(super) platform: Platform,
    queued: Arc<watch::Sender<()>>,
    changed: broadcast::Sender<UserId>,
}

#[derive(Debug, thiserror::Error)]
pub enum EnqueueError {
    #[error("{MAX_OPEN_JOBS} jobs wait or run already")]
    TooMany,
    #[error("the job could not be queued")]
    Database(#[from] sqlx::Error),
}

impl Queue {
    pub fn new(platform: Platform) -> Self {
        Self {
            platform,
            queued: Arc::new(watch::Sender::new(())),
            changed: broadcast::Sender::new(CHANGES),
        }
    }

    /// Queues a person's job in the transaction of what it belongs to. Call [`Self::wake`] after the commit. Until then
    /// others wait who queue for the same person, so that no two find the last free place.
    ///
    /// # Errors
    /// [`EnqueueError::TooMany`] beyond [`MAX_OPEN_JOBS`].
    #[tracing::instrument(level = "debug", name = "queue.enqueue", skip_all, fields(%owner))]
    pub async fn enqueue(
        &self,
        connection: &mut AnyConnection,
        owner: UserId,
        job: &NewJob,
    ) -> Result<JobId, EnqueueError> {
        repo::hold(connection, owner).await?;
        if repo::open_of(connection, owner).await? >= MAX_OPEN_JOBS {
            return Err(EnqueueError::TooMany);
        }
        let id = JobId::from_uuid(self.platform.rng.uuid());
        repo::insert(connection, id, Some(owner), job, &self.platform).await?;
        Ok(id)
    }

    /// The same for the program's own work, which has no limit and is shown to nobody.
    #[tracing::instrument(level = "debug", name = "queue.enqueue_own", skip_all)]
    pub async fn enqueue_own(
        &self,
        connection: &mut AnyConnection,
        job: &NewJob,
    ) -> Result<JobId, sqlx::Error> {
        let id = JobId::from_uuid(self.platform.rng.uuid());
        repo::insert(connection, id, None, job, &self.platform).await?;
        Ok(id)
    }

    /// Tells the workers of this replica that there is something to do. Those of others look every few seconds.
    pub fn wake(&self) {
        self.queued.send_replace(());
    }

    /// Asks a person's job to stop: one that has not begun ends here and now, any other at its next checkpoint. `false`
    /// when it has ended already, or this person has no such job.
    #[tracing::instrument(level = "debug", name = "queue.cancel", skip_all, fields(%owner, %job))]
    pub async fn cancel(&self, owner: UserId, job: JobId) -> Result<bool, sqlx::Error> {
        let (pool, now) = (self.platform.db.pool(), self.platform.now());
        let is_asked = if repo::cancel_unstarted(pool, job, owner, now).await? {
            true
        } else {
            let is_asked = repo::request_cancel(pool, job, owner, now).await?;
            self.wake();
            is_asked
        };
        self.has_changed(Some(owner));
        Ok(is_asked)
    }

    /// Forgets jobs that ended long ago.
    #[tracing::instrument(level = "debug", name = "queue.sweep", skip_all)]
    pub async fn sweep(&self) -> Result<u64, sqlx::Error> {
        let now = self.platform.now();
        repo::sweep(self.platform.db.pool(), now, now - KEEP_SECONDS, KEEP_JOBS).await
    }

    /// Whose jobs change on this replica, from now on. What other replicas change is seen in the database alone.
    pub fn changes(&self) -> broadcast::Receiver<UserId> {
        self.changed.subscribe()
    }

    /// Tells those who watch. Nobody watches the program's own work.
    pub(super) fn has_changed(&self, owner: Option<UserId>) {
        if let Some(owner) = owner {
            // It fails where nobody watches at all.
            let _ = self.changed.send(owner);
        }
    }

    /// Sees every [`Self::wake`] from now on.
    pub(super) fn wakes(&self) -> watch::Receiver<()> {
        self.queued.subscribe()
    }
}
