//! How much room objects take, and what lies beside them.

use app::{
    contract::UserPrefix,
    features::files::types_stored::{QuotaUse, SpaceQuery, Usage, VersionsSpace},
};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{CONCURRENCY, Files};
use crate::{
    features::{
        auth::principal::Principal,
        files::error::FileError,
        scopes::{Access, Scope},
    },
    platform::object_store::{ListRequest, StoreError},
};

/// Requests that count all of a prefix at a time; the others wait for their turn.
pub(super) const COUNTS_AT_ONCE: usize = 4;
const PAGE: u16 = 1000;

impl Files {
    /// Counts the current objects under a prefix.
    ///
    /// # Errors
    /// [`FileError`].
    #[tracing::instrument(level = "debug", name = "files.usage", skip_all, fields(user = %who.user_id))]
    pub async fn usage(&self, who: &Principal, query: &SpaceQuery) -> Result<Usage, FileError> {
        let scope = self.scope(who, query.bucket.as_ref()).await?;
        let prefix = scope.prefix("prefix", query.prefix.as_deref(), Access::LIST)?;
        let QuotaUse {
            quota_bytes,
            quota_used_bytes,
        } = self.quota_use(&scope, &prefix).await?;
        let mut usage = Usage {
            quota_bytes,
            quota_used_bytes,
            ..Usage::default()
        };
        let _turn = self.counts.acquire().await;
        let mut token = None;
        loop {
            let page = ListRequest {
                prefix: &prefix,
                folders: false,
                token: token.as_deref(),
                limit: PAGE,
            };
            let page = scope.store.list(&scope.bucket, page).await?;
            usage.objects += page.objects.len() as u64;
            usage.folder_markers += page
                .objects
                .iter()
                .filter(|object| object.key.ends_with('/'))
                .count() as u64;
            usage.bytes += page.objects.iter().map(|object| object.size).sum::<u64>();
            token = page.next;
            if token.is_none() {
                return Ok(usage);
            }
        }
    }

    /// The quota that a prefix counts to.
    ///
    /// # Errors
    /// [`FileError`].
    #[tracing::instrument(level = "debug", name = "files.quota", skip_all, fields(user = %who.user_id))]
    pub async fn quota(&self, who: &Principal, query: &SpaceQuery) -> Result<QuotaUse, FileError> {
        let scope = self.scope(who, query.bucket.as_ref()).await?;
        let prefix = scope.prefix("prefix", query.prefix.as_deref(), Access::LIST)?;
        self.quota_use(&scope, &prefix).await
    }

    async fn quota_use(&self, scope: &Scope, prefix: &UserPrefix) -> Result<QuotaUse, FileError> {
        let quota = self.quotas.of(scope.holder(prefix.as_str())).await?;
        let limited = quota.filter(|quota| quota.quota.is_some());
        Ok(QuotaUse {
            quota_bytes: limited.and_then(|limited| limited.quota),
            quota_used_bytes: limited.map(|limited| limited.taken),
        })
    }

    /// Counts what lies under a prefix beside the current objects.
    ///
    /// # Errors
    /// [`FileError`].
    #[tracing::instrument(level = "debug", name = "files.versions_space", skip_all, fields(user = %who.user_id))]
    pub async fn versions_space(
        &self,
        who: &Principal,
        query: &SpaceQuery,
    ) -> Result<VersionsSpace, FileError> {
        let scope = self.scope(who, query.bucket.as_ref()).await?;
        let prefix = scope.prefix("prefix", query.prefix.as_deref(), Access::LIST)?;
        let _turn = self.counts.acquire().await;
        let mut space = VersionsSpace::default();
        // Without versions there are no old ones.
        if scope.store.keeps_versions(&scope.bucket).await? {
            old_versions(&scope, &prefix, &mut space).await?;
        }
        unfinished(&scope, &prefix, &mut space).await?;
        Ok(space)
    }
}

async fn old_versions(
    scope: &Scope,
    prefix: &UserPrefix,
    space: &mut VersionsSpace,
) -> Result<(), StoreError> {
    let Scope { store, bucket, .. } = scope;
    let mut after = None;
    loop {
        let page = store
            .list_versions_below(bucket, prefix, after.as_ref(), PAGE)
            .await?;
        for row in page.versions {
            if !row.version.is_latest && !row.version.is_delete_marker {
                space.old_versions += 1;
                space.old_versions_bytes += row.version.size;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn unfinished(scope: &Scope, prefix: &UserPrefix, space: &mut VersionsSpace) -> Result<(), StoreError> {
    let Scope { store, bucket, .. } = scope;
    let mut after = None;
    loop {
        let page = store.list_uploads(bucket, prefix, after.as_ref()).await?;
        space.unfinished_uploads += page.uploads.len() as u64;
        let sizes = page.uploads.into_iter().map(|upload| {
            async move {
                // The parts of a name that could not be made are not asked for.
                let Ok(key) = scope.key("prefix", &upload.key, Access::LIST) else {
                    return Ok(0);
                };
                store.uploaded_bytes(bucket, &key, &upload.upload_id).await
            }
            .boxed()
        });
        let sizes: Vec<u64> = stream::iter(sizes.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        space.unfinished_uploads_bytes += sizes.into_iter().sum::<u64>();
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
