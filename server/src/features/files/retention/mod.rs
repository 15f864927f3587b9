//! Deletes versions that stopped being current more than `VERSIONS_KEEP_DAYS` ago. The current version of a key is
//! never deleted; a delete marker is deleted once it is the last version left.
//!
//! Where storage has a lifecycle rule for this (`S3Store::keep_lifecycle`), it gets some days to follow it. The rounds
//! of this module delete what is left then.

mod key;
mod repo;

use std::collections::HashSet;

use app::contract::{KeyRoot, ListedKey, UserPrefix, key::OWNED_FOLDERS};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use self::key::{Due, Gathering};
use super::areas::{self, Area};
use crate::{
    features::buckets::registry::{Located, Registry},
    platform::{
        Platform,
        object_store::{DeleteTarget, StorageSetup, StoreError},
    },
};

const DAY: i64 = 86_400;
/// Seconds between two rounds.
const PERIOD: i64 = DAY;
/// Seconds to the next round after one that failed.
const AGAIN: i64 = 3600;
/// Days that storage gets for its own rule: AWS rounds up to the next midnight, and acts later than that.
const STORAGES_TURN: i64 = 3;
/// Versions that one request to storage lists, or deletes.
const AT_ONCE: u16 = 1000;
/// Requests to storage that are under way at a time.
const CONCURRENCY: usize = 16;

/// The result of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Deleted versions, old delete markers included.
    pub versions: u64,
    pub bytes: u64,
    /// Deleted delete markers that were the last version of their key.
    pub markers: u64,
    /// Versions that storage did not delete, left for the next round.
    pub failed: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Acts for no single person: it reaches everyone's versions in the server's own storage.
#[derive(Clone)]
pub struct Retention {
    buckets: Registry,
    platform: Platform,
    setup: StorageSetup,
    days: Option<u32>,
}

impl Retention {
    #[must_use]
    pub fn new(buckets: Registry, platform: Platform, setup: StorageSetup, days: Option<u32>) -> Self {
        Self {
            buckets,
            platform,
            setup,
            days,
        }
    }

    /// Runs a round, unless some replica has begun one within a day. `None` then, and where versions are kept for ever.
    ///
    /// # Errors
    /// When the database or storage cannot be reached. The next round begins in an hour and goes on with what is left.
    pub async fn round_if_due(&self) -> Result<Option<Expired>, RetentionError> {
        let pool = self.platform.db.pool();
        let now = self.platform.now();
        if self.days.is_none() || !repo::begin(pool, now, now - PERIOD).await? {
            return Ok(None);
        }
        match self.round().await {
            Ok(expired) => Ok(Some(expired)),
            Err(error) => {
                repo::due_at(pool, now - PERIOD + AGAIN).await?;
                Err(error)
            }
        }
    }

    /// Runs one round over all versions. Two at once do no harm.
    ///
    /// # Errors
    /// As [`Self::round_if_due`].
    pub async fn round(&self) -> Result<Expired, RetentionError> {
        let mut expired = Expired::default();
        let Some(days) = self.days else { return Ok(expired) };
        let home = self.buckets.home();
        for folder in OWNED_FOLDERS {
            if let Ok(everyone) = KeyRoot::whole_bucket().prefix(folder) {
                self.round_in(&home, &everyone, days, &mut expired).await?;
            }
        }
        let mut after = String::new();
        while let Some(bucket) = self.buckets.next_of_all(&after).await? {
            let everything = KeyRoot::whole_bucket().everything();
            // One bucket that is out of reach holds up no other.
            if let Err(error) = self.round_in(&bucket, &everything, days, &mut expired).await {
                tracing::warn!(bucket = %bucket.name, %error, "old versions are left for the next round");
                expired.failed += 1;
            }
            after = bucket.name.as_str().to_owned();
        }
        Ok(expired)
    }

    async fn round_in(
        &self,
        bucket: &Located,
        prefix: &UserPrefix,
        days: u32,
        expired: &mut Expired,
    ) -> Result<(), RetentionError> {
        if !bucket.store.keeps_versions(&bucket.name).await? {
            return Ok(());
        }
        let turn = if self.setup.keeps_lifecycle() {
            STORAGES_TURN
        } else {
            0
        };
        let mut gathering = Gathering::new(self.platform.now() - (i64::from(days) + turn) * DAY);
        let mut after = None;
        loop {
            let page = bucket
                .store
                .list_versions_below(&bucket.name, prefix, after.as_ref(), AT_ONCE)
                .await?;
            for version in page.versions {
                gathering.push(version);
            }
            after = page.next;
            if after.is_none() {
                gathering.end_key();
            }
            if gathering.versions() >= AT_ONCE.into() || after.is_none() {
                self.remove(bucket, gathering.take(), expired).await?;
            }
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Deletes old versions first and the markers that hide them last, so that an interrupted round uncovers nothing.
    async fn remove(
        &self,
        bucket: &Located,
        due: Vec<Due>,
        expired: &mut Expired,
    ) -> Result<(), RetentionError> {
        if due.is_empty() {
            return Ok(());
        }
        let mut connection = self.platform.db.pool().acquire().await?;
        let busy = areas::unfinished(&mut connection).await?;
        drop(connection);
        let checking = due.into_iter().filter_map(|due| {
            let key = reachable(bucket, &due, &busy)?;
            Some(
                async move { Ok::<_, StoreError>(is_still(bucket, &key, &due).await?.then_some((key, due))) }
                    .boxed(),
            )
        });
        let checked: Vec<Option<(ListedKey, Due)>> = stream::iter(checking.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        let mut markers = Vec::new();
        let mut versions = Vec::new();
        for (key, due) in checked.into_iter().flatten() {
            let target = |id: String| DeleteTarget {
                key: key.clone(),
                version: Some(id),
                etag: None,
            };
            versions.extend(due.versions.into_iter().map(|(id, size)| (target(id), size)));
            markers.extend(due.marker.map(target));
        }
        let mut stay = HashSet::new();
        for versions in versions.chunks(AT_ONCE.into()) {
            let targets: Vec<_> = versions.iter().map(|(target, _)| target.clone()).collect();
            let outcome = bucket.store.delete_many(&bucket.name, &targets).await?;
            expired.failed += outcome.failures.len() as u64;
            expired.versions += (targets.len() - outcome.failures.len()) as u64;
            let kept = outcome.kept();
            expired.bytes += versions
                .iter()
                .filter(|(target, _)| !kept.contains(&(target.key.as_str(), target.version.as_deref())))
                .map(|(_, size)| size)
                .sum::<u64>();
            stay.extend(outcome.failures.into_iter().map(|failure| failure.key));
        }
        markers.retain(|marker| !stay.contains(marker.key.as_str()));
        for markers in markers.chunks(AT_ONCE.into()) {
            let outcome = bucket.store.delete_many(&bucket.name, markers).await?;
            expired.failed += outcome.failures.len() as u64;
            expired.markers += (markers.len() - outcome.failures.len()) as u64;
        }
        Ok(())
    }
}

/// `None` for a key that a job works on, since the job may be restoring it.
fn reachable(bucket: &Located, due: &Due, busy: &[Area]) -> Option<ListedKey> {
    let is_busy = busy
        .iter()
        .any(|area| area.covers(bucket.name.as_str(), &due.key));
    if is_busy {
        return None;
    }
    KeyRoot::whole_bucket().listed(due.key.clone()).ok()
}

/// Whether the same delete marker still hides the key. If somebody has deleted the marker since, one of the old versions
/// is current.
async fn is_still(bucket: &Located, key: &ListedKey, due: &Due) -> Result<bool, StoreError> {
    let Some(hidden_by) = &due.hidden_by else {
        return Ok(true);
    };
    let page = bucket
        .store
        .list_versions(&bucket.name, key, None, AT_ONCE)
        .await?;
    let latest = page.versions.iter().find(|version| version.is_latest);
    Ok(latest.is_some_and(|latest| latest.version_id == *hidden_by))
}
