//! Restores a batch of keys.

use app::contract::{ListedKey, Timestamp};
use futures::{FutureExt, StreamExt, stream};

use super::{
    super::{
        CONCURRENCY,
        copy::Onto,
        key::{KeyHistory, State, Version},
    },
    ACCESS,
    one::{is_unchanged, key_history, uncover},
    plan::{Goal, Step, is_newer},
};
use crate::{
    features::{
        files::{
            error::FileError,
            job_failure::{self, storage},
        },
        quota::{Change, Granted, QuotaError, Quotas, Reservation},
        scopes::Scope,
    },
    platform::{
        object_store::{ConditionalWrites, DeleteTarget, StoreError},
        queue::{JobError, JobFailure, Progress, RunningJob},
    },
};

const CHANGED: &str = "It was changed after this was asked for, and stays as it is";
/// The outcome for one key.
pub(super) enum Fate {
    Nothing,
    Restored { bytes: u64 },
    Failed(String),
}

/// The results since the last checkpoint.
#[derive(Default)]
pub(super) struct Batch {
    pub progress: Progress,
    pub failures: Vec<JobFailure>,
    /// The reservation for copies, and the bytes that they stored.
    pub stored: Option<(Reservation, Change)>,
}

impl Batch {
    pub(super) fn take(&mut self, key: &str, fate: Fate) {
        match fate {
            Fate::Nothing => {}
            Fate::Restored { bytes } => {
                self.progress.done += 1;
                self.progress.bytes_done += bytes;
            }
            Fate::Failed(message) => self.failures.push(JobFailure {
                // The one character that PostgreSQL's text cannot hold.
                key: key.replace('\0', "\u{fffd}"),
                message,
            }),
        }
    }
}

pub(super) struct Worker<'a> {
    pub scope: &'a Scope,
    pub quotas: Quotas,
    pub goal: Goal,
    pub asked_at: Timestamp,
    pub conditions: ConditionalWrites,
    pub largest_copy: u64,
}

impl Worker<'_> {
    /// Restores all keys that need it. An error that concerns one key alone becomes a failure.
    pub(super) async fn restore(&self, keys: &[KeyHistory], job: &RunningJob) -> Result<Batch, JobError> {
        let sizes: Vec<u64> = keys.iter().map(|history| self.copied_bytes(history)).collect();
        let granted = self.room(keys, &sizes, job).await?;
        let each = granted.iter().flat_map(|granted| granted.each.iter().copied());
        let steps = keys
            .iter()
            .zip(each.chain(std::iter::repeat(Ok(()))))
            .map(|(history, fits)| {
                async move {
                    if let Err(exceeded) = fits {
                        return Ok(Fate::Failed(exceeded.told()));
                    }
                    match self.one(history).await {
                        Ok(fate) => Ok(fate),
                        Err(error) => of_one(error).map(Fate::Failed),
                    }
                }
                .boxed()
            });
        let fates: Vec<_> = stream::iter(steps.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let mut batch = Batch {
            progress: job.progress(),
            ..Batch::default()
        };
        let (mut stored, mut trouble) = (0_u64, None);
        for ((history, bytes), fate) in keys.iter().zip(&sizes).zip(fates) {
            match fate {
                Ok(fate) => {
                    if matches!(fate, Fate::Restored { .. }) {
                        stored = stored.saturating_add(*bytes);
                    }
                    batch.take(&history.key, fate);
                }
                Err(error) => trouble = Some(error),
            }
        }
        batch.stored = granted.map(|granted| (granted.reservation, Change::added(stored)));
        match (trouble, batch.stored) {
            (None, _) => Ok(batch),
            (Some(error), stored) => {
                // When the batch is repeated, finished keys need no copy.
                if let Some((reservation, change)) = stored {
                    self.quotas.settle(reservation, change).await;
                }
                Err(storage(error))
            }
        }
    }

    /// The bytes that restoring this key adds to storage.
    fn copied_bytes(&self, history: &KeyHistory) -> u64 {
        match self.goal.step(history) {
            Step::Copy(version) | Step::CopyIfOther(version) => version.size,
            Step::Nothing | Step::Uncover(_) | Step::Delete(_) => 0,
        }
    }

    /// Reserves room for the copies; `None` where there are none.
    async fn room(
        &self,
        keys: &[KeyHistory],
        sizes: &[u64],
        job: &RunningJob,
    ) -> Result<Option<Granted>, JobError> {
        let Some(first) = keys.first().filter(|_| sizes.iter().any(|size| *size > 0)) else {
            return Ok(None);
        };
        let holder = self.scope.holder(&first.key);
        let granted = self
            .quotas
            .reserve_for_job(holder, job.id().as_uuid(), sizes)
            .await;
        granted.map(Some).map_err(|error| match error {
            QuotaError::Database(error) => error.into(),
            error => JobError::Failed(JobFailure {
                key: String::new(),
                message: error.to_string(),
            }),
        })
    }

    async fn one(&self, history: &KeyHistory) -> Result<Fate, StoreError> {
        let step = self.goal.step(history);
        let is_newer = is_newer(history.latest.as_ref(), self.asked_at);
        match step {
            Step::Nothing => Ok(Fate::Nothing),
            Step::Uncover(_) | Step::Delete(_) if is_newer => Ok(Fate::Failed(CHANGED.to_owned())),
            Step::Uncover(version) => self.uncover(history, version).await,
            Step::Delete(there) => self.delete(history, there).await,
            Step::Copy(version) => self.copy(history, version, is_newer).await,
            Step::CopyIfOther(version) => self.copy_if_other(history, version, is_newer).await,
        }
    }

    async fn uncover(&self, history: &KeyHistory, version: &Version) -> Result<Fate, StoreError> {
        let key = match self.scope.listed_key("key", &history.key, ACCESS) {
            Ok(key) => key,
            Err(error) => return Ok(Fate::Failed(error.to_string())),
        };
        match uncover(self.scope, &key, &history.hiding).await {
            Ok(()) => Ok(Fate::Restored { bytes: version.size }),
            Err(FileError::Store(error)) => Err(error),
            Err(error) => Ok(Fate::Failed(error.to_string())),
        }
    }

    async fn copy(
        &self,
        history: &KeyHistory,
        version: &Version,
        is_newer: bool,
    ) -> Result<Fate, StoreError> {
        let key = match self.scope.key("key", &history.key, ACCESS) {
            Ok(key) => key,
            Err(error) => return Ok(Fate::Failed(error.to_string())),
        };
        let onto = Onto {
            scope: self.scope,
            key: &key,
            latest: history.latest.as_ref(),
            conditions: self.conditions,
            largest_copy: self.largest_copy,
        };
        let restored = Fate::Restored { bytes: version.size };
        if is_newer {
            // This job may have written it before it was interrupted.
            let is_done = history.now().is_some() && onto.is_done(version).await?;
            return Ok(if is_done {
                restored
            } else {
                Fate::Failed(CHANGED.to_owned())
            });
        }
        match onto.copy(version).await {
            Ok(_) => Ok(restored),
            Err(StoreError::PreconditionFailed) if onto.is_done(version).await? => Ok(restored),
            Err(error) => Err(error),
        }
    }

    async fn copy_if_other(
        &self,
        history: &KeyHistory,
        version: &Version,
        is_newer: bool,
    ) -> Result<Fate, StoreError> {
        let Ok(key) = self.scope.key("key", &history.key, ACCESS) else {
            return Ok(Fate::Nothing);
        };
        let Scope { store, bucket, .. } = self.scope;
        let there = store.head(bucket, &key, None).await?;
        let wanted = store.head(bucket, &key, Some(&version.id)).await?;
        if there
            .zip(wanted)
            .is_some_and(|(there, wanted)| there.headers == wanted.headers)
        {
            return Ok(Fate::Nothing);
        }
        self.copy(history, version, is_newer).await
    }

    async fn delete(&self, history: &KeyHistory, there: &Version) -> Result<Fate, StoreError> {
        let key = match self.scope.listed_key("key", &history.key, ACCESS) {
            Ok(key) => key,
            Err(error) => return Ok(Fate::Failed(error.to_string())),
        };
        let etag = Some(there.etag.clone()).filter(|etag| self.conditions.delete && !etag.is_empty());
        if etag.is_none()
            && let Some(fate) = self.look(history, &key).await?
        {
            return Ok(fate);
        }
        let target = DeleteTarget {
            key: key.clone(),
            version: None,
            etag,
        };
        let outcome = self
            .scope
            .store
            .delete_many(&self.scope.bucket, &[target])
            .await?;
        let Some(failure) = outcome.failures.into_iter().next() else {
            return Ok(Fate::Restored { bytes: 0 });
        };
        // An earlier try whose answer was lost may have done it.
        let looked = self.look(history, &key).await?;
        Ok(looked.unwrap_or_else(|| Fate::Failed(format!("Storage did not delete it ({})", failure.code))))
    }

    /// The outcome for a key that is to be deleted; `None` while it still holds what was listed.
    async fn look(&self, history: &KeyHistory, key: &ListedKey) -> Result<Option<Fate>, StoreError> {
        let now = match key_history(self.scope, key, None).await {
            Ok(now) => now.latest,
            Err(FileError::NotFound) => None,
            Err(FileError::Store(error)) => return Err(error),
            Err(error) => return Ok(Some(Fate::Failed(error.to_string()))),
        };
        if now.as_ref().and_then(State::object).is_none() {
            return Ok(Some(Fate::Restored { bytes: 0 }));
        }
        let is_same = is_unchanged(history.latest.as_ref(), now.as_ref());
        Ok((!is_same).then(|| Fate::Failed(CHANGED.to_owned())))
    }
}

/// The message of an error that concerns one object alone; any other error is passed on.
pub(super) fn of_one(error: StoreError) -> Result<String, StoreError> {
    Ok(match error {
        StoreError::NotFound => "The version to bring back is gone".to_owned(),
        StoreError::PreconditionFailed => CHANGED.to_owned(),
        StoreError::InvalidParts(_) | StoreError::ChecksumMismatch => {
            "Its bytes did not arrive as they are, and it was not brought back".to_owned()
        }
        error => return job_failure::of_one(&error).ok_or(error),
    })
}
