//! Undoes a job, its last object first. A version that holds bytes is deleted only if storage lists the same bytes at
//! their source. Objects that were changed since stay as they are, and are reported.

use app::contract::ListedKey;
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{
    CONCURRENCY, Changes,
    copy::{of_one, refusal},
    input::{Kind, UndoInput},
    journal::{self, Item, State},
    saving::has_ended,
};
use crate::{
    features::{
        files::{
            job_failure::{failure, lost, storage},
            service::undelete::{DEPTH, Since, since},
        },
        quota::Change,
        scopes::{Access, Scope},
    },
    platform::{
        object_store::{DeleteTarget, ListedVersion, StoreError},
        queue::{Handler, JobError, JobFailure, Outcome, RunningJob},
    },
};

const BATCH: i64 = 200;
const CHANGED: &str = "It was changed since, and stays as it is";
const DELETED_AGAIN: &str = "It was deleted again since";
const ONLY_COPY: &str = "The original is no longer there: the copy stays, for it is the only one left";

/// Undoes.
pub(super) struct Undoing(pub Changes);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    /// The rows of the other job's journal from this position on are done.
    below: i64,
}

#[async_trait]
impl Handler for Undoing {
    fn kind(&self) -> &'static str {
        Kind::Undo.text()
    }

    async fn run(&self, job: &mut RunningJob) -> Result<Outcome, JobError> {
        let input: UndoInput = job.input()?;
        let result = self.take_back(job, &input).await;
        self.end(job, &input, &result).await?;
        result.map(|()| Outcome::Done)
    }

    async fn given_up(&self, job: &mut RunningJob, failure: &JobFailure) -> Result<(), JobError> {
        let input: UndoInput = job.input()?;
        self.end(job, &input, &Err(JobError::Failed(failure.clone())))
            .await
    }
}

impl Undoing {
    async fn end(
        &self,
        job: &RunningJob,
        input: &UndoInput,
        result: &Result<(), JobError>,
    ) -> Result<(), JobError> {
        let pool = self.0.platform.db.pool();
        if has_ended(result) && journal::count_to_undo(pool, input.of).await? > 0 {
            // The rest can still be undone.
            let mut connection = pool.acquire().await?;
            journal::offer_undo(&mut connection, input.of, Some(input.expires_at)).await?;
        }
        self.0
            .note_end(job, Kind::Undo, &input.owner, &input.username, result)
            .await
    }

    async fn take_back(&self, job: &mut RunningJob, input: &UndoInput) -> Result<(), JobError> {
        let changes = &self.0;
        let pool = changes.platform.db.pool();
        let mut below = job.cursor::<Cursor>()?.map_or(i64::MAX, |cursor| cursor.below);
        if below == i64::MAX {
            let mut progress = job.progress();
            let total = journal::count_to_undo(pool, input.of).await?;
            progress.total = Some(u64::try_from(total).unwrap_or_default());
            job.checkpoint(&Cursor { below }, progress, &[]).await?;
        }
        loop {
            job.check()?;
            let mut items = journal::to_undo(pool, input.of, below, BATCH).await?;
            let Some(last) = items.last().map(|item| item.position) else {
                return Ok(());
            };
            let (from, to) = (input.source_bucket.as_ref(), input.destination_bucket.as_ref());
            let (source, destination) = changes.scopes_of(&input.owner, from, to).await.map_err(lost)?;
            let sides = Both { source, destination };
            let undoing = items.iter_mut().map(|item| sides.undo(item).boxed());
            let undone: Vec<_> = stream::iter(undoing.collect::<Vec<_>>())
                .buffered(CONCURRENCY)
                .collect()
                .await;
            let (mut failures, mut trouble, mut freed) = (Vec::new(), None, 0_u64);
            let mut progress = job.progress();
            for (item, undone) in items.iter().zip(undone) {
                match undone {
                    Ok(undone) => {
                        progress.done += 1;
                        progress.bytes_done += item.size;
                        failures.extend(undone.failure);
                        freed = freed.saturating_add(undone.freed);
                    }
                    Err(error) => trouble = Some(error),
                }
            }
            let first = items.first().and_then(|item| item.destination.as_deref());
            let holder = sides.destination.holder(first.unwrap_or_default());
            if let Some(error) = trouble {
                changes.quotas.freed(holder, freed).await;
                // The batch is repeated as a whole: each object that is undone already is recognised.
                return Err(storage(error));
            }
            below = last;
            let undone: Vec<_> = items
                .into_iter()
                .filter(|item| item.state == State::Undone)
                .collect();
            let mut transaction = changes.platform.db.begin().await?;
            job.checkpoint_in(&mut transaction, &Cursor { below }, progress, &failures)
                .await?;
            journal::write(&mut transaction, input.of, &undone).await?;
            changes
                .quotas
                .change_in(&mut transaction, holder, Change::freed(freed))
                .await?;
            transaction.commit().await?;
        }
    }
}

/// The outcome for one object.
pub(super) struct Undone {
    pub failure: Option<JobFailure>,
    /// Bytes of the copies that were deleted.
    pub freed: u64,
}

pub(super) struct Both {
    pub source: Scope,
    pub destination: Scope,
}

impl Both {
    /// Undoes the change of one object, or says why not.
    pub(super) async fn undo(&self, item: &mut Item) -> Result<Undone, StoreError> {
        let mut freed = 0;
        let why = match self.try_undo(item, &mut freed).await {
            Ok(None) => {
                item.state = State::Undone;
                return Ok(Undone { failure: None, freed });
            }
            Ok(Some(why)) => why,
            Err(error) => of_one(error)?,
        };
        Ok(Undone {
            failure: Some(failure(&item.source, why)),
            freed,
        })
    }

    async fn try_undo(&self, item: &Item, freed: &mut u64) -> Result<Option<String>, StoreError> {
        let source = match self.source.listed_key("key", &item.source, Access::DELETE) {
            Ok(key) => key,
            Err(_) => match self.source.listed_key("key", &item.source, Access::READ) {
                Ok(key) if item.marker.is_none() => key,
                Ok(_) | Err(_) => return Ok(Some("It is out of reach now".to_owned())),
            },
        };
        // Both sides are checked before either is changed.
        let copy = match &item.made_version {
            None => None,
            Some(made) => match self.copy(item, made).await? {
                Ok(copy) => copy,
                Err(why) => return Ok(Some(why)),
            },
        };
        if let Some(marker) = &item.marker {
            match self.uncover(item, &source, marker).await? {
                Ok(()) => {}
                Err(why) => return Ok(Some(why.to_owned())),
            }
        }
        let Some((target, versions)) = copy else {
            return Ok(None);
        };
        if !self.is_safe_elsewhere(item, &source).await? {
            return Ok(Some(ONLY_COPY.to_owned()));
        }
        let count = versions.len() as u64;
        let failed = delete_versions(&self.destination, &target, versions).await?;
        if failed.is_none() {
            *freed = item.size.saturating_mul(count);
        }
        Ok(failed)
    }

    /// The versions that the job made. One of them must be current; `None` when they were deleted already.
    async fn copy(
        &self,
        item: &Item,
        made: &str,
    ) -> Result<Result<Option<(ListedKey, Vec<String>)>, String>, StoreError> {
        let raw = item.destination.as_deref().unwrap_or_default();
        let target = match self
            .destination
            .listed_key("destination", raw, Access::DELETE | Access::WRITE)
        {
            Ok(target) => target,
            Err(error) => return Ok(Err(refusal(&error))),
        };
        let Scope { store, bucket, .. } = &self.destination;
        let page = store.list_versions(bucket, &target, None, DEPTH).await?;
        let versions = page.versions;
        if !versions.iter().any(|version| version.version_id == made) {
            return Ok(match page.next {
                None => Ok(None),
                Some(_) => Err(CHANGED.to_owned()),
            });
        }
        let is_current = versions
            .iter()
            .any(|version| version.is_latest && !version.is_delete_marker && is_ours(version, item));
        if !is_current {
            return Ok(Err(CHANGED.to_owned()));
        }
        let before = item
            .overwritten
            .as_ref()
            .and_then(|there| there.version.as_deref());
        // A repeated step may have left a second version, which would become current.
        let ours = versions
            .iter()
            .take_while(|version| {
                Some(version.version_id.as_str()) != before
                    && !version.is_delete_marker
                    && is_ours(version, item)
            })
            .map(|version| version.version_id.clone())
            .collect();
        Ok(Ok(Some((target, ours))))
    }

    /// Deletes the delete markers that hide the source.
    async fn uncover(
        &self,
        item: &Item,
        source: &ListedKey,
        marker: &str,
    ) -> Result<Result<(), &'static str>, StoreError> {
        let Scope { store, bucket, .. } = &self.source;
        let versions = store.list_versions(bucket, source, None, DEPTH).await?.versions;
        match since(&versions, marker) {
            Since::Hidden(markers) => {
                let failed = delete_versions(&self.source, source, markers).await?;
                Ok(match failed {
                    None => Ok(()),
                    Some(_) => Err("Storage could not bring it back"),
                })
            }
            // It is visible already, unless another object took its place.
            Since::Visible => {
                let current = versions.iter().find(|version| version.is_latest);
                let is_old = current.is_some_and(|current| {
                    item.etag.is_empty() || (current.etag == item.etag && current.size == item.size)
                });
                Ok(if is_old { Ok(()) } else { Err(CHANGED) })
            }
            Since::DeletedAgain | Since::NoMarker => Ok(Err(DELETED_AGAIN)),
        }
    }

    /// Whether some version of the source still has the bytes that were copied.
    async fn is_safe_elsewhere(&self, item: &Item, source: &ListedKey) -> Result<bool, StoreError> {
        let Scope { store, bucket, .. } = &self.source;
        let mut after: Option<String> = None;
        loop {
            const PAGE: u16 = 1000;
            let page = store
                .list_versions(bucket, source, after.as_deref(), PAGE)
                .await?;
            let is_it = |version: &ListedVersion| {
                !version.is_delete_marker && version.etag == item.etag && version.size == item.size
            };
            if page.versions.iter().any(is_it) {
                return Ok(true);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(false),
            }
        }
    }
}

fn is_ours(version: &ListedVersion, item: &Item) -> bool {
    Some(&version.version_id) == item.made_version.as_ref()
        || (version.size == item.size && Some(&version.etag) == item.made_etag.as_ref())
}

/// Deletes versions of one key for good. Answers the reason if storage kept one.
async fn delete_versions(
    scope: &Scope,
    key: &ListedKey,
    versions: Vec<String>,
) -> Result<Option<String>, StoreError> {
    let targets: Vec<_> = versions
        .into_iter()
        .map(|version| DeleteTarget {
            key: key.clone(),
            version: Some(version),
            etag: None,
        })
        .collect();
    let outcome = scope.store.delete_many(&scope.bucket, &targets).await?;
    Ok(outcome
        .failures
        .first()
        .map(|failed| crate::features::files::service::delete::reason(&failed.code).to_owned()))
}
