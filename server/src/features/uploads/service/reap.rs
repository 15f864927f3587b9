//! Abandoned uploads: those whose time is over, those whose abort did not reach storage, and those that storage
//! has but the journal never heard of.

use app::contract::{KeyRoot, UserPrefix};

use super::{Found, LIFETIME_SECONDS, Uploads};
use crate::{
    features::uploads::{
        error::UploadError,
        repo::{self, State},
    },
    platform::object_store::ListedUpload,
};

const BATCH: i64 = 100;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Uploads of the journal that storage was told to forget.
    pub aborted: u32,
    /// Completed ones whose completion can no longer be repeated.
    pub dropped: u32,
    /// Uploads that only storage knew of.
    pub swept: u32,
}

impl Uploads {
    /// One round over journal and storage. Any replica can do it at any time, also two at once.
    ///
    /// # Errors
    /// [`UploadError`]; what was done is done, and the next round does the rest.
    pub async fn reap(&self) -> Result<Reaped, UploadError> {
        let mut reaped = Reaped::default();
        loop {
            let overdue = repo::overdue(&self.db, self.now(), BATCH).await?;
            if overdue.is_empty() {
                break;
            }
            for upload in overdue {
                if matches!(upload.state, State::Completed { .. }) {
                    repo::delete(&self.db, upload.id).await?;
                    reaped.dropped += 1;
                } else {
                    repo::begin_abort(&self.db, upload.id).await?;
                    match KeyRoot::whole_bucket().key(upload.key.clone()) {
                        Ok(key) => self.forget(&Found { upload, key }).await?,
                        Err(_) => repo::delete(&self.db, upload.id).await?,
                    }
                    reaped.aborted += 1;
                }
            }
        }
        if let Ok(users) = KeyRoot::whole_bucket().prefix("users/") {
            reaped.swept = self.sweep(&users).await?;
        }
        Ok(reaped)
    }

    /// Uploads under everyone's prefixes that the journal does not know, such as those of other tools, or of a
    /// program that died between storage and journal.
    async fn sweep(&self, users: &UserPrefix) -> Result<u32, UploadError> {
        let mut swept = 0;
        let mut marker = None;
        loop {
            let page = self
                .store
                .list_uploads(&self.home, users, marker.as_ref())
                .await?;
            for upload in page.uploads {
                if self.is_abandoned(&upload).await?
                    && let Ok(key) = KeyRoot::whole_bucket().key(upload.key)
                {
                    self.store
                        .abort_upload(&self.home, &key, &upload.upload_id)
                        .await?;
                    swept += 1;
                }
            }
            marker = page.next;
            if marker.is_none() {
                return Ok(swept);
            }
        }
    }

    async fn is_abandoned(&self, upload: &ListedUpload) -> Result<bool, UploadError> {
        let old = upload
            .initiated
            .is_some_and(|begun| begun.unix() <= self.now() - LIFETIME_SECONDS);
        Ok(old && !repo::knows(&self.db, &self.home, &upload.upload_id).await?)
    }
}
