//! Copies one object of any size.

use app::{
    contract::{
        UserKey,
        naming::{numbered, numbered_folder},
    },
    features::files::changes::NameTaken,
};

use super::{
    journal::Item,
    parts,
    sides::{Fate, Sides, overwritten},
};
use crate::{
    features::{
        files::job_failure,
        scopes::{Access, Scope, ScopeError},
    },
    platform::{
        object_store::{CopySource, ObjectHead, Precondition, StoreError},
        queue::RunningJob,
    },
};

/// How often a copy is tried while others change its destination.
const ATTEMPTS: usize = 4;
/// How many numbers are tried for a name that is taken.
const NUMBERS: std::ops::RangeInclusive<u32> = 2..=1000;

pub(super) const TAKEN: &str = "A file with this name is already there";
const CHANGED: &str = "It was changed meanwhile, and was not copied";
const GONE: &str = "It is no longer there";

/// The message of an error that concerns this object alone; any other error is passed on.
pub(super) fn of_one(error: StoreError) -> Result<String, StoreError> {
    Ok(match error {
        StoreError::NotFound => GONE.to_owned(),
        StoreError::PreconditionFailed => CHANGED.to_owned(),
        StoreError::InvalidParts(_) | StoreError::ChecksumMismatch => {
            "Its bytes did not arrive as they are, and were not copied".to_owned()
        }
        error => return job_failure::of_one(&error).ok_or(error),
    })
}

/// Tells the job's owner why a scope refuses a name.
pub(super) fn refusal(error: &ScopeError) -> String {
    match error {
        ScopeError::Key { error, .. } => format!("Its name cannot be used here: it {error}"),
        error => error.to_string(),
    }
}

/// Whether both hold the same bytes, as far as storage tells.
pub(super) fn same_bytes(a: &ObjectHead, b: &ObjectHead) -> bool {
    let same_sum = matches!((&a.checksum, &b.checksum), (Some(a), Some(b)) if a == b);
    a.size == b.size && ((!a.etag.is_empty() && a.etag == b.etag) || same_sum)
}

impl Sides {
    /// Copies an object as its row of the journal says. Replaces nothing at the destination but the object that the row
    /// names. `is_repeated`: an earlier run may have made the copy without writing so.
    pub(super) async fn copy(
        &self,
        item: &mut Item,
        is_repeated: bool,
        job: Option<&RunningJob>,
    ) -> Result<Fate, StoreError> {
        let (source, target) = match self.keys(item) {
            Ok(keys) => keys,
            Err(error) => return Ok(Fate::failed(refusal(&error))),
        };
        if is_repeated && self.adopt(item, &source, &target).await? {
            return Ok(Fate::Copied);
        }
        for _ in 0..ATTEMPTS {
            if !self.conditions.copy
                && let Some(fate) = self.look(item, &target).await?
            {
                return Ok(fate);
            }
            let precondition = match &item.overwritten {
                _ if !self.conditions.copy => Precondition::None,
                Some(there) if !there.etag.is_empty() => Precondition::Matches(there.etag.clone()),
                Some(_) => Precondition::None,
                None => Precondition::Absent,
            };
            let copied = if item.size > self.largest_copy {
                parts::copy(self, item, &source, &target, &precondition, job).await
            } else {
                self.copy_whole(item, &source, &target, &precondition).await
            };
            match copied {
                Ok(fate) => return Ok(fate),
                Err(StoreError::PreconditionFailed) => {}
                Err(error) => return of_one(error).map(Fate::Failed),
            }
            // The source or the destination has changed. An earlier try whose answer was lost may have made the copy.
            if self.adopt(item, &source, &target).await? {
                return Ok(Fate::Copied);
            }
            let now = self.source.store.head(&self.source.bucket, &source, None).await?;
            match now {
                None => return Ok(Fate::failed(GONE)),
                Some(now) if !item.etag.is_empty() && now.etag != item.etag => {
                    return Ok(Fate::failed(CHANGED));
                }
                Some(_) => {}
            }
            if let Some(fate) = self.look(item, &target).await? {
                return Ok(fate);
            }
        }
        Ok(Fate::failed("The destination is being changed all the time"))
    }

    async fn copy_whole(
        &self,
        item: &mut Item,
        source: &UserKey,
        target: &UserKey,
        precondition: &Precondition,
    ) -> Result<Fate, StoreError> {
        let Scope { store, bucket, .. } = &self.destination;
        let from = self.source_of(item, source);
        let copied = store.copy(from, bucket, target, precondition).await?;
        item.source_version = copied.source_version.filter(|id| id != "null");
        item.made_version = copied.written.version_id.filter(|id| id != "null");
        item.made_etag = Some(copied.written.etag);
        Ok(Fate::Copied)
    }

    pub(super) fn source_of<'a>(&'a self, item: &'a Item, source: &'a UserKey) -> CopySource<'a> {
        CopySource {
            bucket: &self.source.bucket,
            key: source,
            version: None,
            etag: &item.etag,
        }
    }

    fn keys(&self, item: &Item) -> Result<(UserKey, UserKey), ScopeError> {
        let target = item.destination.as_deref().unwrap_or_default();
        Ok((
            self.source.key("source", &item.source, Access::READ)?,
            self.destination.key("destination", target, Access::WRITE)?,
        ))
    }

    /// Finds a copy that an earlier try has made: an object at the destination that is not the one from before, and
    /// equals the source in everything.
    async fn adopt(&self, item: &mut Item, source: &UserKey, target: &UserKey) -> Result<bool, StoreError> {
        let Scope { store, bucket, .. } = &self.destination;
        let Some(there) = store.head(bucket, target, None).await? else {
            return Ok(false);
        };
        let version = there.version_id.clone().filter(|id| id != "null");
        if item
            .overwritten
            .as_ref()
            .is_some_and(|before| before.etag == there.etag && before.version == version)
        {
            return Ok(false);
        }
        let found = self.source.store.head(&self.source.bucket, source, None).await?;
        let Some(found) = found else { return Ok(false) };
        let is_planned = item.etag.is_empty() || found.etag == item.etag;
        if !is_planned || found.headers != there.headers || !same_bytes(&found, &there) {
            return Ok(false);
        }
        item.source_version = found.version_id.filter(|id| id != "null");
        item.made_version = version;
        item.made_etag = Some(there.etag);
        Ok(true)
    }

    /// Compares the destination with the journal. `None` when the copy can go on.
    async fn look(&self, item: &mut Item, target: &UserKey) -> Result<Option<Fate>, StoreError> {
        let Scope { store, bucket, .. } = &self.destination;
        let there = store.head(bucket, target, None).await?.map(overwritten);
        if there == item.overwritten {
            return Ok(None);
        }
        let Some(there) = there else {
            item.overwritten = None;
            return Ok(None);
        };
        match self.on_conflict {
            NameTaken::Fail => Ok(Some(Fate::failed(TAKEN))),
            NameTaken::Skip => Ok(Some(Fate::Skipped)),
            NameTaken::Overwrite => {
                item.overwritten = Some(there);
                Ok(None)
            }
            NameTaken::KeepBoth => {
                let taken = target.as_str().to_owned();
                let free = self.free_name(&taken, false, |_| false).await?;
                Ok(Some(match free {
                    Some((free, _)) => {
                        item.destination = Some(free);
                        item.overwritten = None;
                        Fate::Again
                    }
                    None => Fate::failed(TAKEN),
                }))
            }
        }
    }

    /// The first numbered name that is free and not `reserved`; `None` when all are taken, or the key rules refuse
    /// them.
    pub(super) async fn free_name(
        &self,
        wanted: &str,
        is_folder: bool,
        reserved: impl Fn(&str) -> bool,
    ) -> Result<Option<(String, u32)>, StoreError> {
        for number in NUMBERS {
            let name = if is_folder {
                numbered_folder(wanted, number)
            } else {
                numbered(wanted, number)
            };
            if reserved(&name) {
                continue;
            }
            match self.is_taken(&name, is_folder).await? {
                None => return Ok(None),
                Some(true) => {}
                Some(false) => return Ok(Some((name, number))),
            }
        }
        Ok(None)
    }

    /// Whether the name is taken; `None` when the key rules refuse it.
    pub(super) async fn is_taken(&self, name: &str, is_folder: bool) -> Result<Option<bool>, StoreError> {
        let Scope { store, bucket, .. } = &self.destination;
        if is_folder {
            let Ok(prefix) = self.destination.prefix("destination", Some(name), Access::WRITE) else {
                return Ok(None);
            };
            let page = crate::platform::object_store::ListRequest {
                prefix: &prefix,
                folders: false,
                token: None,
                limit: 1,
            };
            return Ok(Some(!store.list(bucket, page).await?.objects.is_empty()));
        }
        let Ok(key) = self.destination.key("destination", name, Access::WRITE) else {
            return Ok(None);
        };
        Ok(Some(store.head(bucket, &key, None).await?.is_some()))
    }

    /// Whether the copy exists with all its bytes. Asks storage, instead of trusting the answer to the copy.
    pub(super) async fn verify(&self, item: &Item) -> Result<bool, StoreError> {
        let Ok((_, target)) = self.keys(item) else {
            return Ok(false);
        };
        let Scope { store, bucket, .. } = &self.destination;
        let found = store
            .head(bucket, &target, item.made_version.as_deref())
            .await?
            .filter(|head| !head.is_delete_marker);
        Ok(found.is_some_and(|found| {
            found.size == item.size && item.made_etag.as_ref().is_some_and(|etag| *etag == found.etag)
        }))
    }
}
