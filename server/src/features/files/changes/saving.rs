//! Writes checkpoints with their rows of the journal, and the end of a job into the audit log.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    Changes,
    input::Kind,
    journal::{self, Item},
};
use crate::{
    features::{
        audit::{Event, Origin, Outcome as Ending},
        quota::{Change, Holder, Reservation},
        scopes::Owner,
    },
    platform::queue::{JobError, JobFailure, Progress, RunningJob, Stop},
};

pub(super) fn has_ended(result: &Result<(), JobError>) -> bool {
    matches!(
        result,
        Ok(()) | Err(JobError::Failed(_) | JobError::Stopped(Stop::Cancelled))
    )
}

/// All that is written with a checkpoint.
pub(super) struct Saving<'a> {
    pub items: &'a [Item],
    pub progress: Progress,
    pub failures: &'a [JobFailure],
    pub quota: QuotaChanges,
}

/// How a checkpoint changes quotas.
#[derive(Default)]
pub(super) struct QuotaChanges {
    /// The reservation of the batch, and what was stored of it.
    pub stored: Option<(Reservation, Change)>,
    pub freed: HashMap<Holder, u64>,
}

impl Changes {
    /// Writes a checkpoint, and the rows and quotas that belong to it, in one transaction.
    pub(super) async fn save(
        &self,
        job: &mut RunningJob,
        cursor: &(impl Serialize + Sync),
        saving: Saving<'_>,
    ) -> Result<(), JobError> {
        let Saving {
            items,
            progress,
            failures,
            quota,
        } = saving;
        let mut transaction = self.platform.db.begin().await?;
        job.checkpoint_in(&mut transaction, cursor, progress, failures)
            .await?;
        journal::write(&mut transaction, job.id(), items).await?;
        if let Some((reservation, change)) = quota.stored {
            self.quotas
                .settle_in(&mut transaction, reservation, change)
                .await?;
        }
        // Holders are locked in the order of their ids, so that two jobs never wait for each other.
        let mut freed: Vec<_> = quota.freed.into_iter().collect();
        freed.sort_unstable_by_key(|(holder, _)| *holder);
        for (holder, bytes) in freed {
            self.quotas
                .change_in(&mut transaction, holder, Change::freed(bytes))
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Notes in the audit log how a job ended, if it has.
    pub(super) async fn note_end(
        &self,
        job: &RunningJob,
        kind: Kind,
        owner: &Owner,
        username: &str,
        result: &Result<(), JobError>,
    ) -> Result<(), JobError> {
        if !has_ended(result) {
            return Ok(());
        }
        let done = job.progress().done;
        let (ending, how) = match result {
            Ok(()) => (Ending::Success, format!("ended: {done} objects")),
            Err(JobError::Failed(failure)) => (
                Ending::Failed,
                format!("failed after {done} objects: {}", failure.message),
            ),
            Err(_) => (Ending::Success, format!("cancelled after {done} objects")),
        };
        let event = Event::new(kind.action(), ending, &Origin::default())
            .by(owner.user, username)
            .on(job.id())
            .saying(how);
        self.audit.note(event).await?;
        Ok(())
    }
}
