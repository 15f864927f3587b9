//! The use cases of uploads. An upload id is good for the user, bucket and key that it was made for, and for
//! nothing else: [`Uploads::find`] is the one place where it is looked up.

mod begin;
mod complete;
mod parts;
mod planning;
mod reap;

use std::time::Duration;

use app::{
    contract::{BucketName, UserKey},
    features::uploads::types::{UnfinishedQuery, UnfinishedUpload, UnfinishedUploadsResponse, UploadRef},
};
use uuid::Uuid;

use super::{
    error::UploadError,
    repo::{self, State, Upload},
};
use crate::{
    features::{
        auth::principal::Principal,
        quota::{Change, Holder, Quotas, UploadOf},
        scopes::{Access, Named, Scope, ScopeError, Scopes},
    },
    platform::{Platform, object_store::S3Store},
};

pub use reap::{Reaped, Reaper};

/// How long a URL that writes is good for.
const URL_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// An upload that nobody signed a part of for this long is abandoned.
const LIFETIME_SECONDS: i64 = 7 * 86_400;
/// How exact an upload's end is.
const TOUCH_SECONDS: i64 = 3600;
/// How long a completion can be repeated.
const KEEP_COMPLETED_SECONDS: i64 = 86_400;
const MAX_UNFINISHED: i64 = 1000;

#[derive(Clone)]
pub struct Uploads {
    platform: Platform,
    scopes: Scopes,
    quotas: Quotas,
}

impl Uploads {
    #[must_use]
    pub fn new(platform: Platform, scopes: Scopes, quotas: Quotas) -> Self {
        Self {
            platform,
            scopes,
            quotas,
        }
    }

    async fn scope(&self, who: &Principal, bucket: Option<&BucketName>) -> Result<Scope, ScopeError> {
        self.scopes.resolve(who, &Named::bucket(bucket)).await
    }

    fn now(&self) -> i64 {
        self.platform.now()
    }

    /// The caller's own upload of this id for this very key, whatever its state. `access` is what is needed of the key.
    async fn find(
        &self,
        who: &Principal,
        named: NamedUpload<'_>,
        access: Access,
    ) -> Result<Found, UploadError> {
        let scope = self.scope(who, named.bucket).await?;
        let key = scope.key("key", named.key, access)?;
        let id: Uuid = named.upload_id.parse().map_err(|_| UploadError::NotFound)?;
        let upload = repo::find(&self.platform.db, id, who.user_id, &scope.bucket, key.as_str())
            .await?
            .ok_or(UploadError::NotFound)?;
        Ok(Found {
            holder: scope.holder(key.as_str()),
            store: scope.store,
            upload,
            key,
        })
    }

    /// The same, while it can still take parts.
    async fn find_open(
        &self,
        who: &Principal,
        named: NamedUpload<'_>,
        access: Access,
    ) -> Result<Found, UploadError> {
        let found = self.find(who, named, access).await?;
        match found.upload.state {
            State::Open | State::Completing { .. } => Ok(found),
            State::Aborting | State::Completed { .. } => Err(UploadError::NotFound),
        }
    }

    /// The caller's unfinished uploads, newest first.
    ///
    /// # Errors
    /// [`UploadError`].
    #[tracing::instrument(level = "debug", name = "uploads.unfinished", skip_all, fields(user = %who.user_id))]
    pub async fn unfinished(
        &self,
        who: &Principal,
        query: &UnfinishedQuery,
    ) -> Result<UnfinishedUploadsResponse, UploadError> {
        let scope = self.scope(who, query.bucket.as_ref()).await?;
        let roots: Vec<_> = scope.roots(Access::LIST).collect();
        let open = repo::unfinished(
            &self.platform.db,
            who.user_id,
            &scope.bucket,
            &roots,
            MAX_UNFINISHED,
        )
        .await?;
        Ok(UnfinishedUploadsResponse {
            uploads: open
                .into_iter()
                .map(|upload| UnfinishedUpload {
                    key: upload.key,
                    upload_id: upload.id.to_string(),
                    initiated: upload.created_at,
                    size: upload.size,
                    part_size: upload.part_size,
                })
                .collect(),
        })
    }

    /// Forgets an upload and what storage has of it.
    ///
    /// # Errors
    /// [`UploadError`]; [`UploadError::Completing`] while storage is putting the object together. When storage cannot
    /// be reached, what was asked for is recorded, and carried out later.
    #[tracing::instrument(level = "debug", name = "uploads.abort", skip_all, fields(user = %who.user_id))]
    pub async fn abort(&self, who: &Principal, named: &UploadRef) -> Result<(), UploadError> {
        let find = || self.find(who, named.into(), Access::WRITE);
        let found = find().await?;
        if let State::Completing { until } = found.upload.state
            && until <= self.now()
        {
            self.settle(&found, until).await?;
        }
        if repo::begin_abort(&self.platform.db, found.upload.id).await? {
            return self.forget(&found).await;
        }
        match find().await?.upload.state {
            State::Completing { .. } => Err(UploadError::Completing),
            State::Open | State::Aborting | State::Completed { .. } => Err(UploadError::NotFound),
        }
    }

    /// Storage first: a row without parts is reaped, parts without a row are only found by a sweep.
    async fn forget(&self, found: &Found) -> Result<(), UploadError> {
        let Found {
            store, upload, key, ..
        } = found;
        store
            .abort_upload(&upload.bucket, key, &upload.storage_id)
            .await?;
        self.drop_row(upload.id).await
    }

    /// Forgets a row of the journal, with what is reserved for it.
    async fn drop_row(&self, id: Uuid) -> Result<(), UploadError> {
        let mut transaction = self.platform.db.begin().await?;
        self.quotas
            .settle_upload_in(&mut transaction, id, Change::NONE)
            .await?;
        repo::delete(&mut transaction, id).await?;
        Ok(transaction.commit().await?)
    }
}

/// An upload as a request names it.
#[derive(Clone, Copy)]
struct NamedUpload<'a> {
    bucket: Option<&'a BucketName>,
    key: &'a str,
    upload_id: &'a str,
}

impl<'a> From<&'a UploadRef> for NamedUpload<'a> {
    fn from(named: &'a UploadRef) -> Self {
        Self {
            bucket: named.bucket.as_ref(),
            key: &named.key,
            upload_id: &named.upload_id,
        }
    }
}

/// A row of the journal, its key as the caller's own, and the store that has its parts.
struct Found {
    store: S3Store,
    upload: Upload,
    key: UserKey,
    /// To whose quota it counts, where nothing is reserved for it yet.
    holder: Holder,
}

impl Found {
    fn reserved(&self) -> UploadOf<'_> {
        UploadOf {
            id: self.upload.id,
            holder: self.holder,
            bucket: &self.upload.bucket,
            key: &self.upload.key,
            storage_id: &self.upload.storage_id,
        }
    }
}

/// Of a URL that lives no longer than [`URL_LIFETIME`].
fn seconds(lifetime: Duration) -> u32 {
    u32::try_from(lifetime.as_secs()).unwrap_or_default()
}
