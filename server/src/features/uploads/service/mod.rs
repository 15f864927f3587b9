//! The use cases of uploads. An upload id is good for the user, bucket and key that it was made for, and for
//! nothing else: [`Uploads::find`] is the one place where it is looked up.

mod begin;
mod complete;
mod parts;
mod reap;

use std::{sync::Arc, time::Duration};

use app::{
    contract::{BucketName, Timestamp},
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
        files::access::{AccessError, Place},
    },
    platform::{Platform, object_store::ObjectStore},
};

pub use parts::PartForm;
pub use reap::Reaped;

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
    store: Arc<dyn ObjectStore>,
    platform: Platform,
    /// The bucket that holds everyone's prefix.
    home: BucketName,
}

impl Uploads {
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, platform: Platform, home: BucketName) -> Self {
        Self {
            store,
            platform,
            home,
        }
    }

    fn place(&self, who: &Principal, asked: Option<&BucketName>) -> Result<Place, AccessError> {
        Place::find(who, &self.home, asked)
    }

    fn now(&self) -> i64 {
        self.platform.now()
    }

    /// The caller's own upload of this id for this very key, whatever its state.
    async fn find(
        &self,
        who: &Principal,
        bucket: Option<&BucketName>,
        key: &str,
        upload_id: &str,
    ) -> Result<Found, UploadError> {
        let place = self.place(who, bucket)?;
        let key = place.key("key", key)?;
        let id: Uuid = upload_id.parse().map_err(|_| UploadError::NotFound)?;
        let upload = repo::find(&self.platform.db, id, who.user_id, &place.bucket, key.as_str())
            .await?
            .ok_or(UploadError::NotFound)?;
        Ok(Found { upload, key })
    }

    /// The same, while it can still take parts.
    async fn find_open(
        &self,
        who: &Principal,
        bucket: Option<&BucketName>,
        key: &str,
        upload_id: &str,
    ) -> Result<Found, UploadError> {
        let found = self.find(who, bucket, key, upload_id).await?;
        match found.upload.state {
            State::Open | State::Completing { .. } => Ok(found),
            State::Aborting | State::Completed { .. } => Err(UploadError::NotFound),
        }
    }

    /// The caller's unfinished uploads, newest first.
    ///
    /// # Errors
    /// [`UploadError`].
    pub async fn unfinished(
        &self,
        who: &Principal,
        query: &UnfinishedQuery,
    ) -> Result<UnfinishedUploadsResponse, UploadError> {
        let place = self.place(who, query.bucket.as_ref())?;
        let open = repo::unfinished(
            &self.platform.db,
            who.user_id,
            &place.bucket,
            &place.root,
            MAX_UNFINISHED,
        )
        .await?;
        Ok(UnfinishedUploadsResponse {
            uploads: open
                .into_iter()
                .map(|upload| UnfinishedUpload {
                    key: upload.key,
                    upload_id: upload.id.to_string(),
                    initiated: moment(upload.created_at),
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
    pub async fn abort(&self, who: &Principal, named: &UploadRef) -> Result<(), UploadError> {
        let find = || self.find(who, named.bucket.as_ref(), &named.key, &named.upload_id);
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
        let Found { upload, key } = found;
        self.store
            .abort_upload(&upload.bucket, key, &upload.storage_id)
            .await?;
        repo::delete(&self.platform.db, upload.id).await?;
        Ok(())
    }
}

/// A row of the journal, and its key as the caller's own.
struct Found {
    upload: Upload,
    key: app::contract::UserKey,
}

/// Of a URL that lives no longer than [`URL_LIFETIME`].
fn seconds(lifetime: Duration) -> u32 {
    u32::try_from(lifetime.as_secs()).unwrap_or_default()
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap_or_else(|| time::OffsetDateTime::UNIX_EPOCH.into())
}
