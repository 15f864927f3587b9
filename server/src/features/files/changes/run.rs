//! Runs jobs that copy, move or delete: plans all of it, then goes through the journal batch by batch.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};

use app::features::files::changes::NameTaken;
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, stream};

use super::{
    CONCURRENCY, Changes,
    copy::of_one,
    input::{Cursor, Input, Kind},
    journal::{self, Item, State},
    parts, permanent, plan,
    remove::Removing,
    saving::{QuotaChanges, Saving, has_ended},
    sides::{Fate, Sides},
};
use crate::{
    features::{
        files::{
            job_failure::{failure, lost, storage},
            undo_offer::UNDO_SECONDS,
        },
        scopes::{Access, Scope},
    },
    platform::{
        object_store::StoreError,
        queue::{Handler, JobError, JobFailure, Outcome, Progress, RunningJob},
    },
};

/// Objects between two checkpoints: about a second's work, which a crash repeats.
const BATCH: i64 = 200;
/// Deletions between two checkpoints: one request deletes a thousand.
const DELETED_AT_ONCE: i64 = 1000;
/// Bytes between two checkpoints, unless a single object is larger.
const BATCH_BYTES: u64 = 4 * 1024 * 1024 * 1024;
const UNVERIFIED: &str = "Its copy could not be verified: the copy and the source are both there";

/// Copies, moves or deletes.
pub(super) struct Transfers(pub Changes, pub Kind);

#[async_trait]
impl Handler for Transfers {
    fn kind(&self) -> &'static str {
        self.1.text()
    }

    async fn run(&self, job: &mut RunningJob) -> Result<Outcome, JobError> {
        let input: Input = job.input()?;
        let (changes, kind) = (&self.0, self.1);
        let result = if input.permanent {
            permanent::run(changes, job, &input).await
        } else {
            self.go_through(job, &input).await
        };
        if has_ended(&result) && !input.permanent {
            self.tidy(job, &input).await;
            self.count_replaced(&input).await;
        }
        self.offer_undo(job, &input).await?;
        changes
            .note_end(job, kind, &input.owner, &input.username, &result)
            .await?;
        result.map(|()| Outcome::Done)
    }

    async fn given_up(&self, job: &mut RunningJob, failure: &JobFailure) -> Result<(), JobError> {
        let input: Input = job.input()?;
        self.offer_undo(job, &input).await?;
        let result = Err(JobError::Failed(failure.clone()));
        self.0
            .note_end(job, self.1, &input.owner, &input.username, &result)
            .await
    }
}

impl Transfers {
    /// Offers the undo of what the job did, however it ends.
    async fn offer_undo(&self, job: &mut RunningJob, input: &Input) -> Result<(), JobError> {
        let pool = self.0.platform.db.pool();
        if !input.permanent && journal::count_to_undo(pool, job.id()).await? > 0 {
            job.can_be_undone_until(self.0.platform.now() + UNDO_SECONDS);
        }
        Ok(())
    }

    async fn go_through(&self, job: &mut RunningJob, input: &Input) -> Result<(), JobError> {
        let mut cursor: Cursor = job.cursor()?.unwrap_or_default();
        // An earlier run of this job may have done some of it without writing so.
        let mut is_repeated = cursor.is_planned;
        job.check()?;
        while !cursor.is_planned {
            let sides = self.sides(input).await?;
            let page = plan::page(&sides, input, &mut cursor).await.map_err(storage)?;
            let mut progress = counted(job.progress(), &page.items);
            let bytes: u64 = page.items.iter().map(|item| item.size).sum();
            progress.total = Some(progress.total.unwrap_or_default() + page.items.len() as u64);
            progress.bytes_total = Some(progress.bytes_total.unwrap_or_default() + bytes);
            let saving = Saving {
                items: &page.items,
                progress,
                failures: &page.failures,
                quota: QuotaChanges::default(),
            };
            self.0.save(job, &cursor, saving).await?;
            job.check()?;
        }
        loop {
            job.check()?;
            let limit = if self.1 == Kind::Delete {
                DELETED_AT_ONCE
            } else {
                BATCH
            };
            let pool = self.0.platform.db.pool();
            let items = journal::unfinished(pool, job.id(), cursor.next, limit).await?;
            if items.is_empty() {
                return Ok(());
            }
            let sides = self.sides(input).await?;
            self.batch(job, &sides, &mut cursor, together(items), is_repeated)
                .await?;
            is_repeated = false;
        }
    }

    /// Both sides, with what the owner may do there now. The job fails if the owner may no longer do what it does.
    async fn sides(&self, input: &Input) -> Result<Sides, JobError> {
        let (from, to) = (input.source_bucket.as_ref(), input.destination_bucket.as_ref());
        let (source, destination) = self.0.scopes_of(&input.owner, from, to).await.map_err(lost)?;
        let leaves = match self.1 {
            Kind::Copy => Access::READ,
            Kind::Move => Access::READ | Access::DELETE,
            Kind::Delete | Kind::Undo => Access::DELETE,
        };
        for root in &input.roots {
            source.allows("source", &root.source, leaves).map_err(lost)?;
            if let Some(raw) = &root.destination {
                destination
                    .allows("destination", raw, Access::WRITE)
                    .map_err(lost)?;
            }
        }
        let conditions = destination.store.conditional_writes(&destination.bucket).await;
        Ok(Sides {
            source,
            destination,
            conditions,
            on_conflict: input.on_conflict,
            largest_copy: self.0.largest_copy,
        })
    }

    async fn batch(
        &self,
        job: &mut RunningJob,
        sides: &Sides,
        cursor: &mut Cursor,
        mut items: Vec<Item>,
        is_repeated: bool,
    ) -> Result<(), JobError> {
        let before = job.progress();
        let mut failures = Vec::new();
        let mut trouble = None;
        let mut quota = QuotaChanges::default();
        if self.1 != Kind::Delete {
            let is_move = self.1 == Kind::Move;
            let room = self
                .0
                .make_room(job.id(), sides, &mut items, &mut failures)
                .await?;
            trouble = copy_all(sides, &mut items, is_repeated, is_move, &mut failures, job).await;
            quota.stored = room.map(|room| (room.reservation, room.stored(&items)));
            if is_move {
                // The journal names the copied version before its source is deleted.
                let progress = counted(before, &items);
                let saving = Saving {
                    items: &items,
                    progress,
                    failures: &failures,
                    quota: std::mem::take(&mut quota),
                };
                self.0.save(job, cursor, saving).await?;
                failures.clear();
            }
        }
        if self.1 != Kind::Copy && trouble.is_none() {
            job.check()?;
            let leaving = items.iter().filter(|item| !item.state.is_final());
            let leaving: HashSet<i64> = leaving.map(|item| item.position).collect();
            trouble = remove_all(sides, &mut items, is_repeated, &mut failures).await;
            let removed: Vec<_> = items
                .iter()
                .filter(|item| item.state == State::Done && leaving.contains(&item.position))
                .collect();
            match self.0.freed_by_removing(sides, &removed).await {
                Ok(freed) => quota.freed = freed,
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        let unfinished = items.iter().find(|item| !item.state.is_final());
        cursor.next = match (unfinished, items.last()) {
            (Some(item), _) => item.position,
            (None, Some(last)) => last.position + 1,
            (None, None) => cursor.next,
        };
        let saving = Saving {
            items: &items,
            progress: counted(before, &items),
            failures: &failures,
            quota,
        };
        self.0.save(job, cursor, saving).await?;
        trouble.map_or(Ok(()), |error| Err(storage(error)))
    }

    /// Asks for a count of the holder where objects were overwritten in a bucket without versions: their sizes are
    /// unknown.
    async fn count_replaced(&self, input: &Input) {
        let destination = input.roots.iter().find_map(|root| root.destination.as_deref());
        let (Some(destination), NameTaken::Overwrite) = (destination, input.on_conflict) else {
            return;
        };
        let Ok(sides) = self.sides(input).await else {
            return;
        };
        let Scope { store, bucket, .. } = &sides.destination;
        if let Ok(false) = store.keeps_versions(bucket).await
            && let Err(error) = self
                .0
                .quotas
                .ask_count(sides.destination.holder(destination))
                .await
        {
            tracing::warn!(%error, "what was written over is learnt at the next count");
        }
    }

    /// Aborts uploads that will not be completed.
    async fn tidy(&self, job: &RunningJob, input: &Input) {
        let Ok(sides) = self.sides(input).await else {
            return;
        };
        let pool = self.0.platform.db.pool();
        let Ok(items) = journal::with_uploads(pool, job.id()).await else {
            return;
        };
        for item in items {
            if let Err(error) = parts::abort(&sides, &item).await {
                tracing::warn!(%error, "an upload stays behind, and is reaped later");
            }
        }
    }
}

/// Copies the planned items and notes the state of each. Answers the error that stopped it, if any.
async fn copy_all(
    sides: &Sides,
    items: &mut [Item],
    is_repeated: bool,
    is_move: bool,
    failures: &mut Vec<JobFailure>,
    job: &RunningJob,
) -> Option<StoreError> {
    let is_stopped = AtomicBool::new(false);
    let copying = items
        .iter_mut()
        .filter(|item| item.state == State::Planned)
        .map(|item| {
            let is_stopped = &is_stopped;
            async move {
                if is_stopped.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let copied = copy_one(sides, item, is_repeated, is_move, job).await;
                if copied.is_err() {
                    is_stopped.store(true, Ordering::Relaxed);
                }
                copied
            }
            .boxed()
        });
    let copied: Vec<_> = stream::iter(copying.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .collect()
        .await;
    let mut trouble = None;
    for copied in copied {
        match copied {
            Ok(failed) => failures.extend(failed),
            Err(error) => trouble = Some(error),
        }
    }
    trouble
}

async fn copy_one(
    sides: &Sides,
    item: &mut Item,
    is_repeated: bool,
    is_move: bool,
    job: &RunningJob,
) -> Result<Option<JobFailure>, StoreError> {
    let copied = match sides.copy(item, is_repeated, Some(job)).await {
        Ok(Fate::Copied) if is_move => sides.verify(item).await.map(|is_there| {
            if is_there {
                Fate::Copied
            } else {
                Fate::failed(UNVERIFIED)
            }
        }),
        copied => copied,
    };
    let fate = match copied {
        Ok(fate) => fate,
        Err(error) => Fate::Failed(of_one(error)?),
    };
    item.state = match &fate {
        Fate::Copied if is_move => State::Copied,
        Fate::Copied | Fate::Done => State::Done,
        Fate::Skipped => State::Skipped,
        Fate::Failed(_) => State::Failed,
        Fate::Again => State::Planned,
    };
    Ok(match fate {
        Fate::Failed(why) => Some(failure(&item.source, why)),
        _ => None,
    })
}

/// Deletes the sources of copied items, and items that are only to be deleted. Answers the error that stopped it, if
/// any.
async fn remove_all(
    sides: &Sides,
    items: &mut [Item],
    is_repeated: bool,
    failures: &mut Vec<JobFailure>,
) -> Option<StoreError> {
    let mut leaving: Vec<&mut Item> = items
        .iter_mut()
        .filter(|item| match item.destination {
            Some(_) => item.state == State::Copied,
            None => item.state == State::Planned,
        })
        .collect();
    let conditions = sides.source.store.conditional_writes(&sides.source.bucket).await;
    let removing = Removing {
        scope: &sides.source,
        conditions,
        is_repeated,
    };
    let fates = match removing.remove(&mut leaving).await {
        Ok(fates) => fates,
        Err(error) => return Some(error),
    };
    for (item, fate) in leaving.into_iter().zip(fates) {
        match fate {
            Fate::Failed(why) => {
                item.state = State::Failed;
                failures.push(failure(&item.source, why));
            }
            _ => item.state = State::Done,
        }
    }
    None
}

/// The first items that can share a batch: no two have the same destination, and together they are not too large.
fn together(mut items: Vec<Item>) -> Vec<Item> {
    let (mut bytes, mut seen) = (0_u64, HashSet::new());
    let fit = items
        .iter()
        .take_while(|item| {
            let is_first = seen.is_empty();
            bytes = bytes.saturating_add(item.size);
            let place = item.destination.as_deref().unwrap_or(&item.source);
            seen.insert(place.to_owned()) && (is_first || item.destination.is_none() || bytes <= BATCH_BYTES)
        })
        .count();
    items.truncate(fit);
    items
}

/// Adds the finished items of a batch to the progress before it.
fn counted(mut progress: Progress, items: &[Item]) -> Progress {
    for item in items.iter().filter(|item| item.state.is_final()) {
        progress.done += 1;
        progress.bytes_done += item.size;
    }
    progress
}
