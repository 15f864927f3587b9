//! Deletes for good: every version and every delete marker of keys and folders. It writes no journal, so that it works
//! on a full disk. After an interruption the listing shows what is left.

use app::contract::ListedKey;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{
    CONCURRENCY, Changes,
    begin::is_excepted,
    input::{Input, Root},
    plan::listable,
};
use crate::{
    features::{
        files::{
            job_failure::{failure, lost, storage},
            service::delete::reason,
        },
        quota::FreedObject,
        scopes::{Access, Scope},
    },
    platform::{
        object_store::{DeleteTarget, ListedVersion, NamedVersion, StoreError, VersionMarker},
        queue::{JobError, JobFailure, RunningJob},
    },
};

/// Versions of one request.
const AT_ONCE: u16 = 1000;
/// The most rounds through one folder, so that somebody who keeps writing there does not keep the job running for ever.
const ROUNDS: u32 = 20;

const RESTORED: &str = "It is no longer deleted, and stays";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    /// How many roots are done.
    root: usize,
    /// The round through the next one, if it is a folder.
    round: Round,
}

/// A folder is listed again until a round finds nothing, or deletes nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Round {
    number: u32,
    after: Option<VersionMarker>,
    found: u64,
    deleted: u64,
    /// Failures are reported in the last round only.
    is_last: bool,
}

impl Round {
    /// The next round; `None` when the folder is done.
    fn next(&self) -> Option<Self> {
        if self.found == 0 || self.is_last {
            return None;
        }
        let number = self.number + 1;
        Some(Self {
            number,
            is_last: self.deleted == 0 || number >= ROUNDS,
            ..Self::default()
        })
    }
}

pub(super) async fn run(changes: &Changes, job: &mut RunningJob, input: &Input) -> Result<(), JobError> {
    let mut cursor: Cursor = job.cursor()?.unwrap_or_default();
    while let Some(root) = input.roots.get(cursor.root) {
        job.check()?;
        let bucket = input.source_bucket.as_ref();
        let (scope, _) = changes
            .scopes_of(&input.owner, bucket, bucket)
            .await
            .map_err(lost)?;
        scope
            .allows("source", &root.source, Access::DELETE)
            .map_err(lost)?;
        let step = if root.is_folder {
            folder(&scope, input, root, &mut cursor).await
        } else {
            key(&scope, input, root, &mut cursor).await
        };
        let step = step.map_err(storage)?;
        let mut progress = job.progress();
        progress.done += step.done;
        progress.bytes_done += step.bytes;
        let mut transaction = changes.platform.db.begin().await?;
        job.checkpoint_in(&mut transaction, &cursor, progress, &step.failures)
            .await?;
        let holder = scope.holder(&root.source);
        changes
            .quotas
            .freed_in(&mut transaction, holder, &scope.bucket, &step.freed)
            .await?;
        transaction.commit().await?;
    }
    job.check()?;
    Ok(())
}

#[derive(Default)]
struct Step {
    done: u64,
    bytes: u64,
    failures: Vec<JobFailure>,
    freed: Vec<FreedObject>,
}

/// Up to a thousand versions of one key.
async fn key(scope: &Scope, input: &Input, root: &Root, cursor: &mut Cursor) -> Result<Step, StoreError> {
    let Ok(key) = scope.listed_key("key", &root.source, Access::DELETE) else {
        cursor.root += 1;
        return Ok(Step::default());
    };
    let page = scope
        .store
        .list_versions(&scope.bucket, &key, None, AT_ONCE)
        .await?;
    let mut has_more = page.next.is_some();
    let mut versions = page.versions;
    if input.deleted_only {
        let is_there = !versions.is_empty();
        (versions, has_more) = of_deleted(versions, has_more);
        if versions.is_empty() && !has_more {
            cursor.root += 1;
            let failures = is_there.then(|| failure(&root.source, RESTORED));
            return Ok(Step {
                failures: failures.into_iter().collect(),
                ..Step::default()
            });
        }
    }
    let versions = versions.into_iter().map(|version| (key.clone(), version));
    let mut step = delete(scope, versions.collect()).await?;
    // Versions that storage does not delete are listed again, and reported once.
    if step.done == 0 || (!has_more && step.failures.is_empty()) {
        cursor.root += 1;
    } else {
        step.failures.clear();
    }
    Ok(step)
}

/// The next page of versions below a prefix.
async fn folder(scope: &Scope, input: &Input, root: &Root, cursor: &mut Cursor) -> Result<Step, StoreError> {
    let Some(prefix) = listable(scope, &root.source, Access::DELETE) else {
        cursor.root += 1;
        return Ok(Step::default());
    };
    let round = &mut cursor.round;
    let page = scope
        .store
        .list_versions_below(&scope.bucket, &prefix, round.after.as_ref(), AT_ONCE)
        .await?;
    let versions: Vec<(ListedKey, ListedVersion)> = page
        .versions
        .into_iter()
        .filter(|NamedVersion { key, .. }| key.starts_with(&root.source) && !is_excepted(key, &input.except))
        .filter_map(|NamedVersion { key, version }| {
            // A listed key always lies within the scope, unless it is the root itself, which is no key.
            let key = scope.listed_key("key", &key, Access::DELETE).ok()?;
            Some((key, version))
        })
        .collect();
    let versions = if input.deleted_only {
        only_deleted(scope, versions).await?
    } else {
        versions
    };
    round.found += versions.len() as u64;
    let mut step = Step::default();
    for versions in versions.chunks(AT_ONCE.into()) {
        let deleted = delete(scope, versions.to_vec()).await?;
        step.done += deleted.done;
        step.bytes += deleted.bytes;
        step.failures.extend(deleted.failures);
        step.freed.extend(deleted.freed);
    }
    round.deleted += step.done;
    if !round.is_last {
        step.failures.clear();
    }
    round.after = page.next;
    if round.after.is_none() {
        cursor.round = match round.next() {
            Some(next) => next,
            None => {
                cursor.root += 1;
                Round::default()
            }
        };
    }
    Ok(step)
}

/// The versions whose keys are deleted, each key looked up anew: somebody may have restored it since it was listed.
async fn only_deleted(
    scope: &Scope,
    versions: Vec<(ListedKey, ListedVersion)>,
) -> Result<Vec<(ListedKey, ListedVersion)>, StoreError> {
    let mut keys: Vec<ListedKey> = versions.into_iter().map(|(key, _)| key).collect();
    keys.dedup_by(|a, b| a.as_str() == b.as_str());
    let looking = keys.into_iter().map(|key| {
        async move {
            let page = scope
                .store
                .list_versions(&scope.bucket, &key, None, AT_ONCE)
                .await?;
            let (versions, _) = of_deleted(page.versions, page.next.is_some());
            Ok::<_, StoreError>(versions.into_iter().map(move |version| (key.clone(), version)))
        }
        .boxed()
    });
    let found: Vec<_> = stream::iter(looking.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// What may be deleted now of one key, and whether more of it follows: nothing of an object that is current. The delete
/// marker comes last, when nothing is left that it hides.
fn of_deleted(mut versions: Vec<ListedVersion>, has_more: bool) -> (Vec<ListedVersion>, bool) {
    let latest = versions.iter().position(|version| version.is_latest);
    match latest {
        Some(latest) if versions[latest].is_delete_marker => {
            if has_more || versions.len() > 1 {
                versions.remove(latest);
                (versions, true)
            } else {
                (versions, false)
            }
        }
        _ => (Vec::new(), false),
    }
}

async fn delete(scope: &Scope, versions: Vec<(ListedKey, ListedVersion)>) -> Result<Step, StoreError> {
    if versions.is_empty() {
        return Ok(Step::default());
    }
    let mut freed: Vec<(String, FreedObject)> = versions
        .iter()
        .map(|(key, version)| {
            let object = FreedObject {
                key: key.as_str().to_owned(),
                size: version.size,
                at: version.last_modified,
                etag: version.etag.clone(),
            };
            (version.version_id.clone(), object)
        })
        .collect();
    let targets: Vec<_> = versions
        .into_iter()
        .map(|(key, version)| DeleteTarget {
            key,
            version: Some(version.version_id),
            etag: None,
        })
        .collect();
    let outcome = scope.store.delete_many(&scope.bucket, &targets).await?;
    let kept = outcome.kept();
    freed.retain(|(version, object)| {
        object.size > 0
            && !kept.contains(&(object.key.as_str(), Some(version)))
            && !kept.contains(&(object.key.as_str(), None))
    });
    let freed: Vec<_> = freed.into_iter().map(|(_, object)| object).collect();
    let failures: Vec<_> = outcome
        .failures
        .iter()
        .map(|failed| failure(&failed.key, reason(&failed.code)))
        .collect();
    Ok(Step {
        done: targets.len().saturating_sub(failures.len()) as u64,
        bytes: freed.iter().map(|object| object.size).sum(),
        failures,
        freed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `m` is a delete marker, `v` an object; the first one is the latest.
    fn kept(text: &str, has_more: bool) -> (String, bool) {
        let version = |(place, kind): (usize, char)| ListedVersion {
            version_id: format!("{kind}{place}"),
            is_latest: place == 0,
            is_delete_marker: kind == 'm',
            last_modified: None,
            size: 1,
            etag: String::new(),
        };
        let (versions, more) = of_deleted(text.chars().enumerate().map(version).collect(), has_more);
        let ids: Vec<_> = versions.into_iter().map(|version| version.version_id).collect();
        (ids.join(" "), more)
    }

    #[test]
    fn the_marker_that_hides_an_object_is_deleted_last() {
        assert_eq!(kept("mvv", false), ("v1 v2".to_owned(), true));
        assert_eq!(kept("mvm", true), ("v1 m2".to_owned(), true));
        assert_eq!(kept("m", true), (String::new(), true));
        assert_eq!(kept("m", false), ("m0".to_owned(), false));
        assert_eq!(kept("vm", false), (String::new(), false));
        assert_eq!(kept("", false), (String::new(), false));
    }
}
