//! Wire types of `/api/jobs`.

use serde::{Deserialize, Serialize};

use crate::contract::{JobId, MaxKeys, Timestamp, named};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn, or for its next attempt.
    Queued,
    Running,
    /// It has finished; `failures` has what could not be done.
    Done,
    /// It could not go on; the last of `failures` says why.
    Failed,
    Cancelled,
}

named!(
    JobState: Queued = "queued",
    Running = "running",
    Done = "done",
    Failed = "failed",
    Cancelled = "cancelled",
);

/// Something that a job could not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobFailure {
    /// Empty where it is about the job as a whole.
    pub key: String,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobUndo {
    /// Until when it can be undone.
    pub expires_at: Timestamp,
}

/// What a job works on, as its request named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JobAbout {
    /// The first key or (ending in `/`, or empty) prefix.
    pub first: String,
    /// How many keys and prefixes there are.
    pub count: u64,
    /// Only a part of the folder `first`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_part: bool,
    /// The folder (ending in `/`) or key that they are copied or moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
}

/// `GET /api/jobs/{id}`, each job of `GET /api/jobs`, and each event of `GET /api/jobs/events`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    pub id: JobId,
    /// The kind of work, such as `files.copy`.
    pub kind: String,
    /// `null` for a job of an earlier release.
    pub about: Option<JobAbout>,
    pub state: JobState,
    /// How many objects (as a rule) are done.
    pub done: u64,
    /// `null` until it is known.
    pub total: Option<u64>,
    pub bytes_done: u64,
    /// `null` until it is known, and for kinds that count no bytes.
    pub bytes_total: Option<u64>,
    /// In order: the first 1,000 of one job, the first 10 of each job in lists and events.
    pub failures: Vec<JobFailure>,
    pub created_at: Timestamp,
    /// `null` until it has ended.
    pub finished_at: Option<Timestamp>,
    /// `null` where the job cannot be undone (any more).
    pub undo: Option<JobUndo>,
}

/// `GET /api/jobs`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct JobsQuery {
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
}

/// Newest first. A job that has ended is kept for a week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobsPage {
    pub jobs: Vec<Job>,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}

/// A job that was queued: `GET /api/jobs/{id}` says how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueuedJob {
    pub job_id: JobId,
}

/// The answer to a request that is done at once (200) or, if it takes longer, by a job (202).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DoneOrQueued<T> {
    Queued(QueuedJob),
    Done(T),
}
