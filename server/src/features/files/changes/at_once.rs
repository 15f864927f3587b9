//! Copies or moves one object while its request waits.

use app::features::files::changes::{NameTaken, Transferred};

use super::{
    Changes,
    copy::TAKEN,
    input::{Input, Kind},
    journal::{Item, State},
    remove::Removing,
    sides::{Fate, Sides, overwritten},
};
use crate::{
    features::{
        files::{error::FileError, service::freed_by_replacing, undo_offer::UndoableChange},
        quota::Change,
        scopes::{Access, Scope},
    },
    platform::object_store::{ObjectHead, StoreError},
};

impl Changes {
    pub(super) async fn at_once(
        &self,
        input: &Input,
        kind: Kind,
        (from, to): (&Scope, &Scope),
        (source, destination): (String, String),
        head: &ObjectHead,
    ) -> Result<Transferred, FileError> {
        let sides = Sides {
            source: from.clone(),
            destination: to.clone(),
            conditions: to.store.conditional_writes(&to.bucket).await,
            on_conflict: input.on_conflict,
            largest_copy: self.largest_copy,
        };
        let mut item = Item {
            etag: head.etag.clone(),
            size: head.size,
            destination: Some(destination),
            ..Item::planned(0, source)
        };
        let mut freed = 0;
        if let Some(there) = self.existing(&sides, &item).await? {
            if input.on_conflict == NameTaken::Overwrite {
                freed = freed_by_replacing(&sides.destination, Some(&there)).await?;
            }
            match input.on_conflict {
                NameTaken::Fail => return Err(FileError::Taken),
                NameTaken::Skip => return Ok(told(&item, there, true)),
                NameTaken::Overwrite => item.overwritten = Some(overwritten(there)),
                NameTaken::KeepBoth => {
                    let wanted = item.destination.clone().unwrap_or_default();
                    let free = sides.free_name(&wanted, false, |_| false).await?;
                    let (free, _) = free.ok_or(FileError::Taken)?;
                    item.destination = Some(free);
                }
            }
        }
        let holder = to.holder(item.destination.as_deref().unwrap_or_default());
        let reservation = self
            .quotas
            .reserve(holder, head.size.saturating_sub(freed))
            .await?;
        let copied = self.copy_at_once(&sides, &mut item).await;
        let change = match item.made_etag {
            Some(_) => Change {
                added: head.size,
                freed,
            },
            None => Change::NONE,
        };
        self.quotas.settle_write(reservation, &copied, change).await;
        match copied? {
            Fate::Copied | Fate::Done => {
                self.finish(&sides, kind, &mut item).await?;
                return Ok(self.transferred(input, item));
            }
            Fate::Failed(why) if why == TAKEN => return Err(FileError::Taken),
            Fate::Failed(_) => return Err(FileError::Changed),
            Fate::Skipped | Fate::Again => {}
        }
        match self.existing(&sides, &item).await? {
            Some(there) if input.on_conflict == NameTaken::Skip => Ok(told(&item, there, true)),
            _ => Err(FileError::Taken),
        }
    }

    async fn copy_at_once(&self, sides: &Sides, item: &mut Item) -> Result<Fate, StoreError> {
        // Each time somebody else may take the free name first.
        const ATTEMPTS: usize = 8;
        for _ in 0..ATTEMPTS {
            match sides.copy(item, false, None).await? {
                Fate::Again => continue,
                fate => return Ok(fate),
            }
        }
        Ok(Fate::Again)
    }

    /// Deletes the source of a move.
    async fn finish(&self, sides: &Sides, kind: Kind, item: &mut Item) -> Result<(), FileError> {
        if kind == Kind::Move {
            if !sides.verify(item).await? {
                return Err(FileError::Changed);
            }
            item.state = State::Copied;
            let Scope { store, bucket, .. } = &sides.source;
            let removing = Removing {
                scope: &sides.source,
                conditions: store.conditional_writes(bucket).await,
                is_repeated: false,
            };
            let fates = removing.remove(&mut [&mut *item]).await?;
            if matches!(fates.as_slice(), [Fate::Failed(_)]) {
                return Err(FileError::Changed);
            }
            for (holder, bytes) in self.freed_by_removing(sides, &[&*item]).await? {
                self.quotas.freed(holder, bytes).await;
            }
        }
        Ok(())
    }

    fn transferred(&self, input: &Input, item: Item) -> Transferred {
        let change = UndoableChange {
            source_bucket: input.source_bucket.clone(),
            destination_bucket: input.destination_bucket.clone(),
            source: item.source,
            etag: item.etag,
            size: item.size,
            destination: item.destination.clone(),
            overwritten: item.overwritten.and_then(|there| there.version),
            made_version: item.made_version.clone(),
            made_etag: item.made_etag.clone(),
            marker: item.marker,
        };
        Transferred {
            key: item.destination.unwrap_or_default(),
            etag: item.made_etag.unwrap_or_default(),
            version_id: item.made_version,
            skipped: false,
            undo: self.offers.offer(input.owner.user, change),
        }
    }

    async fn existing(&self, sides: &Sides, item: &Item) -> Result<Option<ObjectHead>, FileError> {
        let Scope { store, bucket, .. } = &sides.destination;
        let raw = item.destination.as_deref().unwrap_or_default();
        let key = sides.destination.key("destination", raw, Access::WRITE)?;
        Ok::<_, StoreError>(store.head(bucket, &key, None).await?).map_err(FileError::from)
    }
}

fn told(item: &Item, there: ObjectHead, skipped: bool) -> Transferred {
    Transferred {
        key: item.destination.clone().unwrap_or_default(),
        etag: there.etag,
        version_id: there.version_id,
        skipped,
        undo: None,
    }
}
