//! `/api/jobs` from the browser.

use super::types::{Job, JobsPage, JobsQuery, QueuedJob};
use crate::{
    contract::JobId,
    rest::{self, CallError},
};

/// A stream of server-sent events.
pub(super) const EVENTS: &str = "/api/jobs/events";

/// The newest jobs.
pub(super) async fn list() -> Result<JobsPage, CallError> {
    rest::get("/api/jobs", &JobsQuery::default(), None)
        .await
        .map(|answer| answer.body)
}

pub(super) async fn cancel(id: JobId) -> Result<Job, CallError> {
    rest::delete(&format!("/api/jobs/{id}"), &(), None).await
}

/// Queues the job that undoes this one.
pub async fn undo(id: JobId) -> Result<QueuedJob, CallError> {
    rest::post(&format!("/api/jobs/{id}/undo"), &(), None).await
}
