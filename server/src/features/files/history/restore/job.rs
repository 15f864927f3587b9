//! The job that restores a folder or a selection.
//!
//! Batch by batch it compares versions with the goal, and finished steps are not needed again. So a replica that takes
//! the job over finds what is left, and however often the job is interrupted, it ends in the same state.

use app::contract::{BucketName, Timestamp};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{
    super::{CONCURRENCY, History, key::KeyHistory, timeline::Position},
    ACCESS,
    one::key_history,
    plan::Goal,
    worker::{Batch, Fate, Worker, of_one},
};
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        files::{
            error::FileError,
            job_failure::{lost, storage},
        },
        scopes::{Named, Owner, Scope},
    },
    platform::queue::{Handler, JobError, JobFailure, Outcome as Ended, Progress, RunningJob},
};

pub(super) const KIND: &str = "files.restore";
/// Keys between two checkpoints.
const BATCH: usize = 100;

const ABSENT: &str = "It was not there at that moment";
const UNKNOWN: &str = "There is no version of it";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub owner: Owner,
    /// For the audit log.
    pub username: String,
    pub bucket: Option<BucketName>,
    pub roots: Vec<Root>,
    /// `None`: restore only what is deleted.
    pub as_of: Option<Timestamp>,
    pub delete_added: bool,
    /// Objects that were written later stay as they are.
    pub asked_at: Timestamp,
}

impl Input {
    fn goal(&self) -> Goal {
        match self.as_of {
            None => Goal::NotDeleted,
            Some(_) => Goal::AsOf {
                delete_added: self.delete_added,
            },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Root {
    /// Exactly this key.
    Key(String),
    Prefix(String),
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    /// How many roots are done.
    root: usize,
    /// The last finished key of the next root.
    after: Option<String>,
    /// The end of the job is in the audit log.
    has_ended: bool,
}

pub(in super::super) struct Restoring(pub(in super::super) History);

#[async_trait]
impl Handler for Restoring {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &mut RunningJob) -> Result<Ended, JobError> {
        let input: Input = job.input()?;
        let mut cursor: Cursor = job.cursor()?.unwrap_or_default();
        if cursor.has_ended {
            return Ok(Ended::Done);
        }
        let outcome = self.all(job, &input, &mut cursor).await;
        match &outcome {
            Ok(()) => {}
            Err(JobError::Failed(failure)) => self.note_failure(job, &input, failure).await?,
            Err(_) => return outcome.map(|()| Ended::Done),
        }
        outcome?;
        let mut transaction = self.0.platform.db.begin().await?;
        let progress = Progress {
            total: Some(job.progress().done),
            bytes_total: Some(job.progress().bytes_done),
            ..job.progress()
        };
        cursor.has_ended = true;
        job.checkpoint_in(&mut transaction, &cursor, progress, &[])
            .await?;
        let said = format!("ended: {} objects", progress.done);
        let event = event(job, &input, Outcome::Success).saying(said);
        self.0.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        Ok(Ended::Done)
    }

    async fn given_up(&self, job: &mut RunningJob, failure: &JobFailure) -> Result<(), JobError> {
        let input: Input = job.input()?;
        self.note_failure(job, &input, failure).await
    }
}

fn event(job: &RunningJob, input: &Input, outcome: Outcome) -> Event {
    Event::new(Action::RestoreFiles, outcome, &Origin::default())
        .by(input.owner.user, &input.username)
        .on(job.id())
}

impl Restoring {
    async fn note_failure(
        &self,
        job: &RunningJob,
        input: &Input,
        failure: &JobFailure,
    ) -> Result<(), JobError> {
        let event = event(job, input, Outcome::Failed).saying(format!("ended: {}", failure.message));
        self.0.audit.note(event).await?;
        Ok(())
    }

    async fn all(&self, job: &mut RunningJob, input: &Input, cursor: &mut Cursor) -> Result<(), JobError> {
        while let Some(root) = input.roots.get(cursor.root) {
            match root {
                Root::Prefix(prefix) => self.prefix(job, input, prefix, cursor).await?,
                Root::Key(_) => self.keys(job, input, cursor).await?,
            }
        }
        Ok(())
    }

    /// The bucket, with what the owner may do there now.
    async fn scope(&self, input: &Input) -> Result<Scope, JobError> {
        let named = Named::bucket(input.bucket.as_ref());
        let scope = self.0.scopes.resolve_for_owner(&input.owner, &named).await;
        scope.map_err(lost)
    }

    async fn prefix(
        &self,
        job: &mut RunningJob,
        input: &Input,
        raw: &str,
        cursor: &mut Cursor,
    ) -> Result<(), JobError> {
        let mut position = cursor.after.take().map(Position::behind).unwrap_or_default();
        loop {
            // Who has lost access goes no further than this page.
            let scope = self.scope(input).await?;
            let prefix = scope.prefix("prefix", Some(raw), ACCESS).map_err(lost)?;
            let mut timeline = self.0.timeline(&scope, &prefix, input.as_of).from(position);
            let keys = timeline.page().await.map_err(storage)?;
            let has_ended = timeline.has_ended();
            position = timeline.position().clone();
            let worker = self.worker(&scope, input).await;
            for batch in keys.chunks(BATCH) {
                let done = worker.restore(batch, job).await?;
                cursor.after = batch.last().map(|last| last.key.clone());
                self.save(job, cursor, &done).await?;
            }
            job.check()?;
            if has_ended {
                break;
            }
        }
        cursor.root += 1;
        cursor.after = None;
        job.checkpoint(cursor, job.progress(), &[]).await
    }

    /// The next roots that are single keys, as one batch.
    async fn keys(&self, job: &mut RunningJob, input: &Input, cursor: &mut Cursor) -> Result<(), JobError> {
        let scope = self.scope(input).await?;
        let mut raws: Vec<&str> = input.roots[cursor.root..]
            .iter()
            .map_while(|root| match root {
                Root::Key(key) => Some(key.as_str()),
                Root::Prefix(_) => None,
            })
            .take(BATCH)
            .collect();
        // What is brought back together counts to one quota.
        if let Some(holder) = raws.first().map(|first| scope.holder(first)) {
            let same = raws.iter().take_while(|raw| scope.holder(raw) == holder).count();
            raws.truncate(same);
        }
        for raw in &raws {
            scope.allows("key", raw, ACCESS).map_err(lost)?;
        }
        let reading = raws.iter().map(|raw| {
            let scope = &scope;
            async move {
                let key = match scope.listed_key("key", raw, ACCESS) {
                    Ok(key) => key,
                    Err(error) => return Ok((*raw, Err(error.to_string()))),
                };
                match key_history(scope, &key, input.as_of).await {
                    Ok(history) if input.as_of.is_some() && history.then().is_none() => {
                        Ok((*raw, Err(ABSENT.to_owned())))
                    }
                    Ok(history) => Ok((*raw, Ok(history))),
                    Err(FileError::NotFound) if input.as_of.is_some() => Ok((*raw, Err(ABSENT.to_owned()))),
                    Err(FileError::NotFound) => Ok((*raw, Err(UNKNOWN.to_owned()))),
                    Err(FileError::Store(error)) => match of_one(error) {
                        Ok(why) => Ok((*raw, Err(why))),
                        Err(error) => Err(storage(error)),
                    },
                    Err(error) => Err(JobError::Temporary(Box::new(error))),
                }
            }
            .boxed()
        });
        let read: Vec<(&str, Result<KeyHistory, String>)> = stream::iter(reading.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        let mut histories = Vec::with_capacity(read.len());
        let mut absent = Batch::default();
        for (raw, history) in read {
            match history {
                Ok(history) => histories.push(history),
                Err(why) => absent.take(raw, Fate::Failed(why)),
            }
        }
        let worker = self.worker(&scope, input).await;
        let mut done = worker.restore(&histories, job).await?;
        done.failures.append(&mut absent.failures);
        cursor.root += raws.len();
        self.save(job, cursor, &done).await
    }

    /// Writes a checkpoint, and settles what was stored since the last one.
    async fn save(&self, job: &mut RunningJob, cursor: &Cursor, done: &Batch) -> Result<(), JobError> {
        let mut transaction = self.0.platform.db.begin().await?;
        job.checkpoint_in(&mut transaction, cursor, done.progress, &done.failures)
            .await?;
        if let Some((reservation, change)) = done.stored {
            let quotas = &self.0.quotas;
            quotas.settle_in(&mut transaction, reservation, change).await?;
        }
        transaction.commit().await?;
        Ok(job.check()?)
    }

    async fn worker<'a>(&self, scope: &'a Scope, input: &Input) -> Worker<'a> {
        Worker {
            scope,
            quotas: self.0.quotas.clone(),
            goal: input.goal(),
            asked_at: input.asked_at,
            conditions: scope.store.conditional_writes(&scope.bucket).await,
            largest_copy: self.0.largest_copy,
        }
    }
}
