//! Queues jobs, cancels them, and tells of their changes.

use std::sync::Arc;

use app::contract::{JobId, UserId};
use sqlx::AnyConnection;
use tokio::sync::{broadcast, watch};

use super::{NewJob, repo};
use crate::platform::Platform;

/// How many jobs of one person may wait or run.
pub const MAX_OPEN_JOBS: i64 = 10;
/// How long an ended job is kept, and how many of one person.
const KEEP_SECONDS: i64 = 7 * 86_400;
const KEEP_JOBS: i64 = 1000;
/// How many changes an event stream may lag behind before it is told only that there were some.
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

    /// Queues a person's job in the transaction that it belongs to. Call [`Self::wake`] after the commit. Until then
    /// other requests that queue for the same person wait, so that no two take the last free place.
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

    /// Queues a job of the program itself, which counts towards no limit and is shown to nobody.
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

    /// Tells the workers of this replica that a job is due. Those of other replicas look every few seconds.
    pub fn wake(&self) {
        self.queued.send_replace(());
    }

    /// Asks a person's job to stop. A job that has not begun ends at once, any other at its next checkpoint. `false`
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

    /// Deletes jobs that ended long ago.
    #[tracing::instrument(level = "debug", name = "queue.sweep", skip_all)]
    pub async fn sweep(&self) -> Result<u64, sqlx::Error> {
        let now = self.platform.now();
        repo::sweep(self.platform.db.pool(), now, now - KEEP_SECONDS, KEEP_JOBS).await
    }

    /// The owners of jobs that change on this replica, from now on. Changes by other replicas are found in the database
    /// only.
    pub fn changes(&self) -> broadcast::Receiver<UserId> {
        self.changed.subscribe()
    }

    /// Notifies event streams. Jobs of the program itself have none.
    pub(super) fn has_changed(&self, owner: Option<UserId>) {
        if let Some(owner) = owner {
            // It fails when there is no event stream at all.
            let _ = self.changed.send(owner);
        }
    }

    /// Receives every [`Self::wake`] from now on.
    pub(super) fn wakes(&self) -> watch::Receiver<()> {
        self.queued.subscribe()
    }
}
