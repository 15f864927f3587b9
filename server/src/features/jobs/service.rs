//! Lists, reads and cancels a caller's jobs.

use app::{
    contract::JobId,
    features::jobs::types::{Job, JobState, JobsPage, JobsQuery},
};

use super::{
    JobsError,
    repo::{self, Whose},
    streams::Streams,
};
use crate::{
    features::{
        api_keys::service::ApiKeys,
        auth::{principal::Principal, service::Auth},
    },
    platform::{
        Platform,
        cursor::{Cursors, PageSize, moment_and_id},
        queue::Queue,
    },
};

/// How many failures of a job a list or an event holds.
pub(super) const LISTED_FAILURES: i64 = 10;
const ALL_FAILURES: i64 = 1000;

/// Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    pub(super) platform: Platform,
    pub(super) queue: Queue,
    pub(super) auth: Auth,
    pub(super) api_keys: ApiKeys,
    pub(super) streams: Streams,
    cursors: Cursors,
}

impl Jobs {
    pub(crate) fn new(
        platform: Platform,
        queue: Queue,
        auth: Auth,
        api_keys: ApiKeys,
        cursors: Cursors,
    ) -> Self {
        Self {
            platform,
            queue,
            auth,
            api_keys,
            streams: Streams::default(),
            cursors,
        }
    }

    /// # Errors
    /// [`JobsError::Field`] for a token that is not from the page before.
    #[tracing::instrument(level = "debug", name = "jobs.list", skip_all, fields(user = %who.user_id))]
    pub async fn list(&self, who: &Principal, query: &JobsQuery) -> Result<JobsPage, JobsError> {
        let whose = Whose::of(who);
        let (owner, key) = (
            whose.owner.to_string(),
            whose.api_key.map(|key| key.to_string()).unwrap_or_default(),
        );
        let scope = ["jobs", owner.as_str(), key.as_str()];
        let foreign = JobsError::Field {
            field: "continuation_token",
            why: "is not from the page before",
        };
        let position = match &query.continuation_token {
            None => None,
            Some(token) => Some(self.cursors.open(&scope, token).map_err(|_| foreign)?),
        };
        let before = position
            .as_deref()
            .and_then(moment_and_id)
            .unwrap_or((i64::MAX, ""));
        let size = PageSize::of(query.max_keys);
        let pool = self.platform.db.pool();
        let mut rows = repo::page(pool, whose, before, size.with_next()).await?;
        let continuation_token = size.cut(&mut rows).map(|last| {
            self.cursors
                .seal(&scope, &format!("{} {}", last.created_ms, last.id))
        });
        Ok(JobsPage {
            jobs: repo::with_failures(pool, rows, LISTED_FAILURES, self.platform.now()).await?,
            has_more: continuation_token.is_some(),
            continuation_token,
        })
    }

    /// # Errors
    /// [`JobsError::NotFound`], also for somebody else's.
    #[tracing::instrument(level = "debug", name = "jobs.get", skip_all, fields(user = %who.user_id, %job))]
    pub async fn get(&self, who: &Principal, job: JobId) -> Result<Job, JobsError> {
        let pool = self.platform.db.pool();
        let row = repo::find(pool, Whose::of(who), job).await?;
        let rows = row.into_iter().collect();
        let mut jobs = repo::with_failures(pool, rows, ALL_FAILURES, self.platform.now()).await?;
        jobs.pop().ok_or(JobsError::NotFound)
    }

    /// Asks a job to stop, and answers its present state: a running job stops at its next checkpoint. May be called
    /// again.
    ///
    /// # Errors
    /// As [`Self::get`]; [`JobsError::HasEnded`].
    #[tracing::instrument(level = "debug", name = "jobs.cancel", skip_all, fields(user = %who.user_id, %job))]
    pub async fn cancel(&self, who: &Principal, job: JobId) -> Result<Job, JobsError> {
        let found = repo::find(self.platform.db.pool(), Whose::of(who), job).await?;
        found.ok_or(JobsError::NotFound)?;
        let is_asked = self.queue.cancel(who.user_id, job).await?;
        let job = self.get(who, job).await?;
        if is_asked || job.state == JobState::Cancelled {
            Ok(job)
        } else {
            Err(JobsError::HasEnded)
        }
    }

    /// Ends all event streams of this replica, and every one that is opened after.
    pub fn close_streams(&self) {
        self.streams.close_all();
    }
}

impl Whose {
    /// All jobs of the person, unless the caller is a key that reaches less than its owner.
    pub(super) fn of(who: &Principal) -> Self {
        Self {
            owner: who.user_id,
            api_key: who.narrow_key(),
        }
    }
}
