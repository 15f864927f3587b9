//! What goes with a bucket that holds no current objects: earlier versions, delete markers, unfinished uploads.

use std::collections::HashSet;

use app::contract::{ListedKey, UserId};

use super::{Buckets, Located};
use crate::{
    features::{
        buckets::{
            error::BucketError,
            registry,
            repo::{Lease, State},
        },
        quota::{FreedObject, Holder},
        uploads::error::UploadError,
    },
    platform::object_store::{DeleteTarget, ListRequest, ListedVersion, StoreError},
};

/// Versions that one request to storage lists, or deletes.
const AT_ONCE: u16 = 1000;

impl Buckets {
    /// Whether there are current objects. A bucket that is gone has none.
    pub(super) async fn holds_objects(&self, bucket: &Located) -> Result<bool, BucketError> {
        let first = ListRequest {
            prefix: &registry::everything(),
            folders: false,
            token: None,
            limit: 1,
        };
        match bucket.store.list(&bucket.name, first).await {
            Ok(page) => Ok(!page.objects.is_empty()),
            Err(StoreError::NoSuchBucket) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn purge(
        &self,
        bucket: &Located,
        owner: UserId,
        lease: Lease,
    ) -> Result<(), BucketError> {
        if self.holds_objects(bucket).await? {
            return Err(BucketError::NotEmpty(bucket.name.clone()));
        }
        let ended = self.on.reaper.end_bucket(&bucket.store, &bucket.name).await;
        ended.map_err(|error| match error {
            UploadError::Store(error) => BucketError::Store(error),
            error => BucketError::Upload(error),
        })?;
        if bucket.store.keeps_versions(&bucket.name).await? {
            let is_earlier = |version: &ListedVersion| !version.is_latest && !version.is_delete_marker;
            self.delete_versions(bucket, owner, lease, is_earlier).await?;
            self.delete_versions(bucket, owner, lease, |version| version.is_delete_marker)
                .await?;
        }
        Ok(())
    }

    async fn delete_versions(
        &self,
        bucket: &Located,
        owner: UserId,
        lease: Lease,
        goes: impl Fn(&ListedVersion) -> bool,
    ) -> Result<(), BucketError> {
        let Located { store, name } = bucket;
        let everything = registry::everything();
        let mut after = None;
        loop {
            let page = store
                .list_versions_below(name, &everything, after.as_ref(), AT_ONCE)
                .await?;
            let versions: Vec<(ListedKey, ListedVersion)> = page
                .versions
                .into_iter()
                .filter(|row| goes(&row.version))
                .filter_map(|row| Some((registry::listed(&row.key)?, row.version)))
                .collect();
            for versions in versions.chunks(AT_ONCE.into()) {
                self.delete_page(bucket, owner, versions).await?;
            }
            self.step(name, State::Deleting, lease).await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn delete_page(
        &self,
        Located { store, name }: &Located,
        owner: UserId,
        versions: &[(ListedKey, ListedVersion)],
    ) -> Result<(), BucketError> {
        let targets: Vec<_> = versions
            .iter()
            .map(|(key, version)| DeleteTarget {
                key: key.clone(),
                version: Some(version.version_id.clone()),
                etag: None,
            })
            .collect();
        let outcome = store.delete_many(name, &targets).await?;
        let kept: HashSet<&str> = outcome.failures.iter().map(|kept| kept.key.as_str()).collect();
        let freed: Vec<_> = versions
            .iter()
            .filter(|(key, version)| version.size > 0 && !kept.contains(key.as_str()))
            .map(|(key, version)| FreedObject {
                key: key.as_str().to_owned(),
                size: version.size,
                at: version.last_modified,
                etag: version.etag.clone(),
            })
            .collect();
        self.on
            .quotas
            .freed_objects(Holder::User(owner), name, &freed)
            .await;
        match outcome.failures.into_iter().next() {
            Some(failure) => Err(BucketError::Kept(name.clone(), failure.code)),
            None => Ok(()),
        }
    }
}
