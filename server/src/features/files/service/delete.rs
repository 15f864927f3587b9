//! Deleting: one object, one version for good, or many objects.

use std::collections::{BTreeSet, HashSet};

use app::{
    contract::{ListedKey, UserKey},
    features::files::{
        changes::UndoOffer,
        types::{
            DeleteError, DeleteMarker, DeleteObjectsRequest, DeleteObjectsResponse, MAX_KEYS, ObjectRef,
        },
    },
};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{CONCURRENCY, Files, freed_by_replacing, version_of};
use crate::{
    features::{
        auth::principal::Principal,
        files::{error::FileError, undo_offer::UndoableChange},
        quota::FreedObject,
        scopes::{Access, Scope, ScopeError},
    },
    platform::object_store::{DeleteFailure, DeleteTarget},
};

impl Files {
    /// Answers how the deletion can be undone, where the bucket keeps versions.
    ///
    /// # Errors
    /// [`FileError::NotFound`] when there is no such object, or no such version.
    #[tracing::instrument(level = "debug", name = "files.delete", skip_all, fields(user = %who.user_id))]
    pub async fn delete(&self, who: &Principal, named: &ObjectRef) -> Result<Option<UndoOffer>, FileError> {
        let scope = self.scope(who, named.bucket.as_ref()).await?;
        let key = scope.key("key", &named.key, Access::DELETE)?;
        let version = version_of(named.version_id.as_deref())?;
        let Scope { store, bucket, .. } = &scope;
        let there = store.head(bucket, &key, version).await?;
        let is_there = match (&there, version) {
            (Some(_), _) => true,
            // SeaweedFS answers for a delete marker as if there were none.
            (None, Some(version)) => is_version(&scope, &key, version).await?,
            (None, None) => false,
        };
        if !is_there {
            return Err(FileError::NotFound);
        }
        // Found out before: what is deleted is deleted, whatever fails afterwards.
        let is_freed = match version {
            Some(_) => true,
            None => freed_by_replacing(&scope, there.as_ref()).await? > 0,
        };
        let marker = store.delete(bucket, &key, version).await?;
        let there = there.unwrap_or_default();
        if is_freed && there.size > 0 {
            let freed = FreedObject {
                key: key.as_str().to_owned(),
                size: there.size,
                at: there.last_modified,
                etag: there.etag.clone(),
            };
            let holder = scope.holder(key.as_str());
            self.quotas.freed_objects(holder, bucket, &[freed]).await;
        }
        let change = UndoableChange {
            source_bucket: named.bucket.clone(),
            destination_bucket: named.bucket.clone(),
            source: key.as_str().to_owned(),
            etag: there.etag,
            size: there.size,
            destination: None,
            overwritten: None,
            made_version: None,
            made_etag: None,
            marker,
        };
        Ok(self.offers.offer(who.user_id, change))
    }

    /// Deletes all of them or, when one key is refused, none. Keys that are not there count as deleted; a key that could
    /// not be made must be there.
    ///
    /// # Errors
    /// [`FileError`]; what storage would not delete is part of the answer instead.
    #[tracing::instrument(level = "debug", name = "files.delete_many", skip_all, fields(user = %who.user_id, objects = request.keys.len()))]
    pub async fn delete_many(
        &self,
        who: &Principal,
        request: &DeleteObjectsRequest,
    ) -> Result<DeleteObjectsResponse, FileError> {
        if request.keys.is_empty() || request.keys.len() > MAX_KEYS {
            return Err(FileError::invalid(
                "keys",
                format!("must hold between 1 and {MAX_KEYS} keys"),
            ));
        }
        let scope = self.scope(who, request.bucket.as_ref()).await?;
        let mut keys = Vec::with_capacity(request.keys.len());
        let mut seen = BTreeSet::new();
        for (index, raw) in request.keys.iter().enumerate() {
            let field = format!("keys[{index}]");
            let key = match scope.key(&field, raw, Access::DELETE) {
                Ok(key) => Deletable::Plain(key),
                Err(refusal) => Deletable::IfListed {
                    key: scope.listed_key(&field, raw, Access::DELETE)?,
                    refusal,
                },
            };
            if seen.insert(raw.as_str()) {
                keys.push(key);
            }
        }
        let targets = targets(&scope, keys).await?;
        let outcome = scope.store.delete_many(&scope.bucket, &targets).await?;
        if outcome.markers.is_empty() {
            self.count_deleted(&scope, &targets).await?;
        }
        let failed: BTreeSet<&str> = outcome.failures.iter().map(|f| f.key.as_str()).collect();
        Ok(DeleteObjectsResponse {
            deleted: targets
                .iter()
                .map(|target| target.key.as_str())
                .filter(|key| !failed.contains(key))
                .map(str::to_owned)
                .collect(),
            errors: outcome.failures.iter().map(told).collect(),
            markers: outcome
                .markers
                .into_iter()
                .map(|marker| DeleteMarker {
                    key: marker.key,
                    version_id: marker.version_id,
                })
                .collect(),
        })
    }
}

impl Files {
    /// In a bucket without versions they have made room, nobody knows how much.
    async fn count_deleted(&self, scope: &Scope, targets: &[DeleteTarget]) -> Result<(), FileError> {
        if scope.store.keeps_versions(&scope.bucket).await? {
            return Ok(());
        }
        let holders: HashSet<_> = targets
            .iter()
            .map(|target| scope.holder(target.key.as_str()))
            .collect();
        for holder in holders {
            if let Err(error) = self.quotas.ask_count(holder).await {
                tracing::warn!(%error, "what was deleted is learnt at the next count");
            }
        }
        Ok(())
    }
}

/// Whether the versions of a key that storage lists have this one among them.
async fn is_version(scope: &Scope, key: &UserKey, version: &str) -> Result<bool, FileError> {
    const PAGE: u16 = 1000;
    let Scope { store, bucket, .. } = scope;
    let key = ListedKey::from(key.clone());
    let mut after = None;
    loop {
        let page = store.list_versions(bucket, &key, after.as_deref(), PAGE).await?;
        if page.versions.iter().any(|listed| listed.version_id == version) {
            return Ok(true);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(false),
        }
    }
}

/// Keys that could not be made are deleted only if a listing shows them, so that none is ever named to storage that it
/// could read as another.
async fn targets(scope: &Scope, keys: Vec<Deletable>) -> Result<Vec<DeleteTarget>, FileError> {
    let checking = keys.into_iter().map(|key| {
        async move {
            let key = match key {
                Deletable::Plain(key) => key.into(),
                Deletable::IfListed { key, refusal } => {
                    if !scope.store.is_listed(&scope.bucket, &key).await? {
                        return Err(refusal.into());
                    }
                    key
                }
            };
            Ok(DeleteTarget {
                key,
                version: None,
                etag: None,
            })
        }
        .boxed()
    });
    stream::iter(checking.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

/// A key to delete.
enum Deletable {
    Plain(UserKey),
    /// It could not be made.
    IfListed {
        key: ListedKey,
        /// Why not.
        refusal: ScopeError,
    },
}

pub(super) fn told(failure: &DeleteFailure) -> DeleteError {
    DeleteError {
        key: failure.key.clone(),
        message: reason(&failure.code).to_owned(),
    }
}

/// Storage's code in words; its own words may tell more than the caller should know.
pub(in crate::features::files) fn reason(code: &str) -> &'static str {
    match code {
        "AccessDenied" => "Storage does not allow this object to be deleted",
        "SlowDown" | "ServiceUnavailable" | "InternalError" => "Storage is busy; try again",
        _ => "Storage could not delete this object",
    }
}
