//! Deleting: one object, one version for good, or many objects.

use std::collections::BTreeSet;

use app::{
    contract::{BucketName, ListedKey, UserKey},
    features::files::types::{
        DeleteError, DeleteMarker, DeleteObjectsRequest, DeleteObjectsResponse, MAX_KEYS, ObjectRef,
    },
};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{CONCURRENCY, Files, version_of};
use crate::{
    features::{
        auth::principal::Principal,
        files::{access::AccessError, error::FileError},
    },
    platform::object_store::{DeleteFailure, DeleteTarget},
};

impl Files {
    /// # Errors
    /// [`FileError::NotFound`] when there is no such object, or no such version.
    pub async fn delete(&self, who: &Principal, named: &ObjectRef) -> Result<(), FileError> {
        let place = self.place(who, named.bucket.as_ref())?;
        let key = place.key("key", &named.key)?;
        let version = version_of(named.version_id.as_deref())?;
        self.store
            .head(&place.bucket, &key, version)
            .await?
            .ok_or(FileError::NotFound)?;
        self.store.delete(&place.bucket, &key, version).await?;
        Ok(())
    }

    /// Deletes all of them or, when one key is refused, none. Keys that are not there count as deleted; a key that could
    /// not be made must be there.
    ///
    /// # Errors
    /// [`FileError`]; what storage would not delete is part of the answer instead.
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
        let place = self.place(who, request.bucket.as_ref())?;
        let mut keys = Vec::with_capacity(request.keys.len());
        let mut seen = BTreeSet::new();
        for (index, raw) in request.keys.iter().enumerate() {
            let field = format!("keys[{index}]");
            let key = match place.key(&field, raw) {
                Ok(key) => Deletable::Plain(key),
                Err(refusal) => Deletable::IfListed {
                    key: place.listed_key(&field, raw)?,
                    refusal,
                },
            };
            if seen.insert(raw.as_str()) {
                keys.push(key);
            }
        }
        let targets = self.targets(&place.bucket, keys).await?;
        let outcome = self.store.delete_many(&place.bucket, &targets).await?;
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
    /// Keys that could not be made are deleted only if a listing shows them, so that none is ever named to storage that
    /// it could read as another.
    async fn targets(
        &self,
        bucket: &BucketName,
        keys: Vec<Deletable>,
    ) -> Result<Vec<DeleteTarget>, FileError> {
        let checking = keys.into_iter().map(|key| {
            async move {
                let key = match key {
                    Deletable::Plain(key) => key.into(),
                    Deletable::IfListed { key, refusal } => {
                        if !self.store.is_listed(bucket, &key).await? {
                            return Err(refusal.into());
                        }
                        key
                    }
                };
                Ok(DeleteTarget { key, version: None })
            }
            .boxed()
        });
        stream::iter(checking.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await
    }
}

/// A key to delete.
enum Deletable {
    Plain(UserKey),
    /// It could not be made.
    IfListed {
        key: ListedKey,
        /// Why not.
        refusal: AccessError,
    },
}

pub(super) fn told(failure: &DeleteFailure) -> DeleteError {
    DeleteError {
        key: failure.key.clone(),
        message: reason(&failure.code).to_owned(),
    }
}

/// Storage's code in words; its own words may tell more than the caller should know.
fn reason(code: &str) -> &'static str {
    match code {
        "AccessDenied" => "Storage does not allow this object to be deleted",
        "SlowDown" | "ServiceUnavailable" | "InternalError" => "Storage is busy; try again",
        _ => "Storage could not delete this object",
    }
}
