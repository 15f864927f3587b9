//! A running job, as its handler sees it.

use std::error::Error;

use app::contract::{JobId, UserId};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::AnyConnection;
use tokio_util::sync::CancellationToken;

use super::{
    JobError, JobFailure, Progress, Stop,
    job::json,
    lease::Lease,
    repo::{Checkpoint, Claimed},
};

/// A handler's access to its job.
pub struct RunningJob {
    pub(super) lease: Lease,
    claimed: Claimed,
    pub(super) cancelled: CancellationToken,
    shutting_down: CancellationToken,
    undo_expires_at: Option<i64>,
}

impl RunningJob {
    pub(super) fn new(lease: Lease, claimed: Claimed, shutting_down: CancellationToken) -> Self {
        let cancelled = CancellationToken::new();
        if claimed.cancel_requested {
            cancelled.cancel();
        }
        Self {
            lease,
            claimed,
            cancelled,
            shutting_down,
            undo_expires_at: None,
        }
    }

    pub fn id(&self) -> JobId {
        self.claimed.id
    }

    /// `None` for a job of the program itself.
    pub fn owner(&self) -> Option<UserId> {
        self.claimed.owner
    }

    /// How often the job was claimed since its last checkpoint, this time included.
    pub fn attempts(&self) -> i64 {
        self.claimed.attempts
    }

    /// As of the last checkpoint.
    pub fn progress(&self) -> Progress {
        self.claimed.progress
    }

    /// # Errors
    /// [`JobError::Temporary`] for an input that this replica does not understand: a newer one may have queued it.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, JobError> {
        understood(&self.claimed.input)
    }

    /// What the last checkpoint wrote; `None` before the first.
    ///
    /// # Errors
    /// As [`Self::input`].
    pub fn cursor<T: DeserializeOwned>(&self) -> Result<Option<T>, JobError> {
        self.claimed.cursor.as_deref().map(understood).transpose()
    }

    /// Whether the owner has asked it to stop, as far as this replica knows: it asks at checkpoints and every few
    /// seconds.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    /// Whether the job may go on. Costs nothing; call it before each step.
    ///
    /// # Errors
    /// [`Stop::Cancelled`] or [`Stop::ShuttingDown`].
    pub fn check(&self) -> Result<(), Stop> {
        if self.is_cancelled() {
            Err(Stop::Cancelled)
        } else if self.shutting_down.is_cancelled() {
            Err(Stop::ShuttingDown)
        } else {
            Ok(())
        }
    }

    /// Resolves once [`Self::check`] fails, for steps that take long.
    pub async fn stopped(&self) -> Stop {
        tokio::select! {
            biased;
            () = self.cancelled.cancelled() => Stop::Cancelled,
            () = self.shutting_down.cancelled() => Stop::ShuttingDown,
        }
    }

    /// Writes how far the job is, and what failed since the last checkpoint, and answers as [`Self::check`].
    ///
    /// # Errors
    /// [`Stop::LeaseLost`] when another replica holds the job: nothing was written. [`JobError::Temporary`] when the
    /// database fails.
    pub async fn checkpoint(
        &mut self,
        cursor: &(impl Serialize + Sync),
        progress: Progress,
        failures: &[JobFailure],
    ) -> Result<(), JobError> {
        let mut transaction = self.lease.queue.platform.db.begin().await?;
        self.checkpoint_in(&mut transaction, cursor, progress, failures)
            .await?;
        transaction.commit().await?;
        self.lease.has_changed();
        Ok(self.check()?)
    }

    /// The same in a transaction of the handler's, which the handler commits before it calls [`Self::check`].
    ///
    /// # Errors
    /// As [`Self::checkpoint`], [`Self::check`]'s apart. The transaction must then be rolled back.
    pub async fn checkpoint_in(
        &mut self,
        connection: &mut AnyConnection,
        cursor: &(impl Serialize + Sync),
        progress: Progress,
        failures: &[JobFailure],
    ) -> Result<(), JobError> {
        let cursor = json(cursor)?;
        let has_moved =
            self.claimed.cursor.as_deref() != Some(cursor.as_str()) || self.claimed.progress != progress;
        let checkpoint = Checkpoint {
            cursor: &cursor,
            progress,
            failures,
            attempts: if has_moved { 0 } else { self.claimed.attempts },
        };
        let written = self.lease.checkpoint(connection, &checkpoint).await?;
        if written.ok_or(Stop::LeaseLost)? {
            self.cancelled.cancel();
        }
        self.claimed.attempts = checkpoint.attempts;
        self.claimed.progress = progress;
        self.claimed.cursor = Some(cursor);
        Ok(())
    }

    /// Offers the undo of the job until `expires_at` (Unix seconds), however it ends.
    pub fn can_be_undone_until(&mut self, expires_at: i64) {
        self.undo_expires_at = Some(expires_at);
    }

    pub(super) fn undo_expires_at(&self) -> Option<i64> {
        self.undo_expires_at
    }
}

fn understood<T: DeserializeOwned>(text: &str) -> Result<T, JobError> {
    serde_json::from_str(text).map_err(|error| {
        // The value may be personal, and an error's text may cite it.
        let place = format!("is not understood here, at column {}", error.column());
        JobError::Temporary(Box::<dyn Error + Send + Sync>::from(place))
    })
}
