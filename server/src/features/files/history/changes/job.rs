//! The job that counts what changed below a folder.

use app::{contract::BucketName, features::files::types_history::ChangeCounts};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    super::{History, timeline::Position},
    Question, count, repo,
};
use crate::{
    features::{
        files::job_failure::{lost, storage},
        scopes::{Access, Named, Owner},
    },
    platform::queue::{Handler, JobError, Outcome, Progress, RunningJob},
};

pub(super) const KIND: &str = "files.count_changes";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub owner: Owner,
    /// The bucket that the request named.
    pub bucket: Option<BucketName>,
    pub question: Question,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    /// The last key that was counted.
    after: Option<String>,
    counts: ChangeCounts,
}

pub(in super::super) struct Counting(pub(in super::super) History);

#[async_trait]
impl Handler for Counting {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &mut RunningJob) -> Result<Outcome, JobError> {
        let input: Input = job.input()?;
        let mut cursor: Cursor = job.cursor()?.unwrap_or_default();
        let mut position = cursor.after.clone().map(Position::behind).unwrap_or_default();
        let mut progress = job.progress();
        loop {
            job.check()?;
            let named = Named::bucket(input.bucket.as_ref());
            let scope = self.0.scopes.resolve_for_owner(&input.owner, &named).await;
            let scope = scope.map_err(lost)?;
            let question = &input.question;
            let prefix = scope
                .prefix("prefix", Some(&question.prefix), Access::LIST | Access::READ)
                .map_err(lost)?;
            let mut timeline = self
                .0
                .timeline(&scope, &prefix, Some(question.as_of))
                .from(position);
            let page = timeline.page().await;
            let keys = page.map_err(storage)?;
            for key in &keys {
                count(&mut cursor.counts, key);
            }
            progress = Progress {
                done: progress.done + keys.len() as u64,
                ..progress
            };
            if let Some(last) = keys.last() {
                cursor.after = Some(last.key.clone());
            }
            if timeline.has_ended() {
                break;
            }
            position = timeline.position().clone();
            job.checkpoint(&cursor, progress, &[]).await?;
        }
        progress.total = Some(progress.done);
        let mut transaction = self.0.platform.db.begin().await?;
        job.checkpoint_in(&mut transaction, &cursor, progress, &[])
            .await?;
        let now = self.0.platform.now();
        repo::finish(&mut transaction, job.id(), cursor.counts, now).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
    }
}
