//! Counts the objects below a folder that differ from an earlier moment. Where there are many versions a job counts,
//! and its result is answered for some minutes.

mod job;
mod repo;

use app::{
    contract::{BucketName, Timestamp},
    features::{
        files::types_history::{Change, ChangeCounts, ChangesQuery},
        jobs::types::{DoneOrQueued, JobAbout, QueuedJob},
    },
};
use serde::{Deserialize, Serialize};

use super::{History, PAGES, key::KeyHistory};
use crate::{
    features::{
        auth::principal::Principal,
        files::{about, error::FileError},
        scopes::Owner,
    },
    platform::queue::NewJob,
};

pub(super) use job::Counting;
use job::{Input, KIND};

/// For how many seconds the result of a job is answered.
const FRESH_SECONDS: i64 = 300;

/// While a job counts, the same request answers that job; once it is done, what it has counted.
type Answer = DoneOrQueued<ChangeCounts>;

/// What a request asks to count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    bucket: BucketName,
    prefix: String,
    as_of: Timestamp,
}

/// The latest job for a question, and its result.
struct Kept {
    job: QueuedJob,
    is_open: bool,
    counts: Option<ChangeCounts>,
    counted_at: Option<i64>,
}

impl Kept {
    /// `None` when the result is too old, or the job ended without one.
    fn answer(self, now: i64) -> Option<Answer> {
        match (self.counts, self.counted_at) {
            (Some(counts), Some(at)) if now.saturating_sub(at) < FRESH_SECONDS => Some(Answer::Done(counts)),
            (None, _) if self.is_open => Some(Answer::Queued(self.job)),
            _ => None,
        }
    }
}

impl History {
    /// # Errors
    /// [`FileError::NoVersions`] where the bucket keeps none.
    #[tracing::instrument(level = "debug", name = "history.changes", skip_all, fields(user = %who.user_id))]
    pub async fn changes(&self, who: &Principal, query: &ChangesQuery) -> Result<Answer, FileError> {
        let (scope, prefix) = self
            .versioned(who, query.bucket.as_ref(), query.prefix.as_deref())
            .await?;
        let question = Question {
            bucket: scope.bucket.clone(),
            prefix: prefix.as_str().to_owned(),
            as_of: query.as_of,
        };
        let asked = serde_json::to_string(&question).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let pool = self.platform.db.pool();
        let kept = repo::find(pool, who.user_id, &asked).await?;
        if let Some(answer) = kept.and_then(|kept| kept.answer(self.platform.now())) {
            return Ok(answer);
        }
        let mut timeline = self.timeline(&scope, &prefix, Some(query.as_of));
        let mut counts = ChangeCounts::default();
        for _ in 0..PAGES {
            for key in timeline.page().await? {
                count(&mut counts, &key);
            }
            if timeline.has_ended() {
                return Ok(Answer::Done(counts));
            }
        }
        self.count_in_job(who, query.bucket.as_ref(), question, &asked)
            .await
    }

    async fn count_in_job(
        &self,
        who: &Principal,
        bucket: Option<&BucketName>,
        question: Question,
        asked: &str,
    ) -> Result<Answer, FileError> {
        let input = Input {
            owner: Owner::from(who),
            bucket: bucket.cloned(),
            question,
        };
        let mut transaction = self.platform.db.begin().await?;
        let about = JobAbout {
            first: input.question.prefix.clone(),
            count: 1,
            is_part: false,
            destination: None,
        };
        let new = NewJob::new(KIND, &input)?
            .begun_by(input.owner.api_key)
            .about(about::text(&about)?);
        // From here on other requests of the same person wait for this transaction.
        let job = self.queue.enqueue(&mut transaction, who.user_id, &new).await?;
        let kept = repo::find(&mut *transaction, who.user_id, asked).await?;
        if let Some(answer) = kept.and_then(|kept| kept.answer(self.platform.now())) {
            transaction.rollback().await?;
            return Ok(answer);
        }
        repo::begin(&mut transaction, who.user_id, asked, job).await?;
        transaction.commit().await?;
        self.queue.wake();
        Ok(Answer::Queued(QueuedJob { job_id: job }))
    }
}

fn count(counts: &mut ChangeCounts, history: &KeyHistory) {
    match (history.change(), history.then(), history.now()) {
        (Some(Change::Changed), ..) => counts.changed += 1,
        (Some(Change::Deleted), ..) => counts.deleted += 1,
        (None, None, Some(_)) => counts.added += 1,
        (None, ..) => {}
    }
}
