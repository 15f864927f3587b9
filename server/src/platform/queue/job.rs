//! New jobs, their progress, and how a run ends.

use std::{error::Error, time::Duration};

use app::contract::{ApiKeyId, JobId};
use serde::Serialize;

use crate::platform::database::column::Nullable;

/// A job to queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub(super) kind: &'static str,
    /// JSON
    pub(super) input: String,
    pub(super) api_key: Option<ApiKeyId>,
    pub(super) undo_of: Option<JobId>,
    /// JSON
    pub(super) about: Option<String>,
}

impl NewJob {
    /// # Errors
    /// When the input cannot be written as JSON.
    pub fn new(kind: &'static str, input: &impl Serialize) -> Result<Self, sqlx::Error> {
        Ok(Self {
            kind,
            input: json(input)?,
            api_key: None,
            undo_of: None,
            about: None,
        })
    }

    /// Names the API key of the request. A key that reaches only part of its owner's files sees the jobs that it has
    /// begun.
    pub fn begun_by(self, api_key: Option<ApiKeyId>) -> Self {
        Self { api_key, ..self }
    }

    /// Tells the owner what the job works on, in JSON.
    pub fn about(self, about: Option<String>) -> Self {
        Self { about, ..self }
    }

    /// Names the job that this one undoes.
    pub fn undoing(self, job: JobId) -> Self {
        Self {
            undo_of: Some(job),
            ..self
        }
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// How far a job is, in totals since its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Progress {
    #[sqlx(try_from = "i64")]
    pub done: u64,
    /// `None` until it is known.
    #[sqlx(try_from = "Nullable<i64, u64>")]
    pub total: Option<u64>,
    #[sqlx(try_from = "i64")]
    pub bytes_done: u64,
    #[sqlx(try_from = "Nullable<i64, u64>")]
    pub bytes_total: Option<u64>,
}

/// Something that could not be done while the job goes on. Its owner reads the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFailure {
    /// Empty where it is about the job as a whole.
    pub key: String,
    pub message: String,
}

/// How a run ended without an error.
#[derive(Debug)]
pub enum Outcome {
    Done,
    /// The job is done, and these others are queued in the same transaction.
    Replaced(Vec<NewJob>),
    /// There is nothing to do now. The job runs again after the pause, from its last checkpoint.
    Later(Duration),
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The cause may pass: the job runs again after a pause, as often as its kind allows.
    #[error("it may work later")]
    Temporary(#[source] Box<dyn Error + Send + Sync>),
    /// The cause will not pass: the job fails.
    #[error("it cannot be done: {}", .0.message)]
    Failed(JobFailure),
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl From<sqlx::Error> for JobError {
    fn from(error: sqlx::Error) -> Self {
        Self::Temporary(Box::new(error))
    }
}

/// Why a job must stop at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error("cancellation was asked for")]
    Cancelled,
    #[error("this replica is shutting down")]
    ShuttingDown,
    #[error("another replica may hold the job by now")]
    LeaseLost,
}
