//! Abandoned uploads: those whose time is over, those whose abort or completion was broken off, and those that
//! storage has but the journal never recorded. What fails for one of them does not stop the others.

use app::contract::{KeyRoot, UserPrefix};
use uuid::Uuid;

use super::{Found, LIFETIME_SECONDS, Uploads};
use crate::{
    features::uploads::{
        error::UploadError,
        repo::{self, State, Upload},
    },
    platform::object_store::{ListedUpload, StoreError},
};

const BATCH: i64 = 100;
/// After so many failures in a row storage itself is at fault, and the rest waits for the next round.
const PATIENCE: u32 = 5;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Uploads of the journal that storage was asked to forget.
    pub aborted: u32,
    /// Completed ones whose completion can no longer be repeated.
    pub dropped: u32,
    /// Those whose bucket is gone, and their parts with it.
    pub without_bucket: u32,
    /// Uploads that only storage knew of.
    pub swept: u32,
    /// Left for the next round: storage did not do as asked.
    pub failed: u32,
}

/// What became of one upload.
enum Outcome {
    Aborted,
    Dropped,
    WithoutBucket,
    /// Its completion was broken off; it is open again, or completed.
    Settled,
}

impl Uploads {
    /// One round over journal and storage. Any replica can do it at any time, also two at once.
    ///
    /// # Errors
    /// [`UploadError`] when the database or storage cannot be reached; what was done is done, and the next round does
    /// the rest.
    pub async fn reap(&self) -> Result<Reaped, UploadError> {
        let mut reaped = Reaped::default();
        let mut failures = Failures::default();
        let mut last: Option<Uuid> = None;
        loop {
            let overdue = repo::overdue(&self.platform.db, self.now(), last, BATCH).await?;
            last = overdue.last().map(|upload| upload.id);
            if last.is_none() {
                break;
            }
            for upload in overdue {
                let id = upload.id;
                match self.reap_one(upload).await {
                    Ok(outcome) => {
                        failures.end();
                        match outcome {
                            Outcome::Aborted => reaped.aborted += 1,
                            Outcome::Dropped => reaped.dropped += 1,
                            Outcome::WithoutBucket => reaped.without_bucket += 1,
                            Outcome::Settled => {}
                        }
                    }
                    Err(error @ UploadError::Database(_)) => return Err(error),
                    Err(error) => {
                        tracing::warn!(upload = %id, %error, "an abandoned upload is left for the next round");
                        reaped.failed += 1;
                        failures.one_more(error)?;
                    }
                }
            }
        }
        if let Ok(users) = KeyRoot::whole_bucket().prefix("users/") {
            self.sweep(&users, &mut reaped, &mut failures).await?;
        }
        Ok(reaped)
    }

    async fn reap_one(&self, upload: Upload) -> Result<Outcome, UploadError> {
        let id = upload.id;
        if matches!(upload.state, State::Completed { .. }) {
            repo::delete(&self.platform.db, id).await?;
            return Ok(Outcome::Dropped);
        }
        let Ok(key) = KeyRoot::whole_bucket().key(upload.key.clone()) else {
            repo::delete(&self.platform.db, id).await?;
            return Ok(Outcome::Aborted);
        };
        let found = Found { upload, key };
        let reaped = if let State::Completing { until } = found.upload.state {
            self.settle(&found, until).await.map(|()| Outcome::Settled)
        } else if repo::begin_abort(&self.platform.db, id).await? {
            self.forget(&found).await.map(|()| Outcome::Aborted)
        } else {
            // Taken up again since it was looked up.
            Ok(Outcome::Settled)
        };
        match reaped {
            Err(UploadError::Store(StoreError::NoSuchBucket)) => {
                repo::delete(&self.platform.db, id).await?;
                Ok(Outcome::WithoutBucket)
            }
            other => other,
        }
    }

    /// Uploads under everyone's prefixes that the journal does not know, such as those of other tools, or of a
    /// program that died between storage and journal.
    async fn sweep(
        &self,
        users: &UserPrefix,
        reaped: &mut Reaped,
        failures: &mut Failures,
    ) -> Result<(), UploadError> {
        let mut marker = None;
        loop {
            let page = self
                .store
                .list_uploads(&self.home, users, marker.as_ref())
                .await?;
            for upload in page.uploads {
                if !self.is_abandoned(&upload).await? {
                    continue;
                }
                let Ok(key) = KeyRoot::whole_bucket().key(upload.key) else {
                    continue;
                };
                match self.store.abort_upload(&self.home, &key, &upload.upload_id).await {
                    Ok(()) => {
                        failures.end();
                        reaped.swept += 1;
                    }
                    Err(error) => {
                        tracing::warn!(upload = upload.upload_id, %error, "an unknown upload is left for the next round");
                        reaped.failed += 1;
                        failures.one_more(error.into())?;
                    }
                }
            }
            marker = page.next;
            if marker.is_none() {
                return Ok(());
            }
        }
    }

    async fn is_abandoned(&self, upload: &ListedUpload) -> Result<bool, UploadError> {
        let old = upload
            .initiated
            .is_some_and(|begun| begun.unix() <= self.now() - LIFETIME_SECONDS);
        Ok(old && !repo::knows(&self.platform.db, &self.home, &upload.upload_id).await?)
    }
}

/// Failures in a row.
#[derive(Default)]
struct Failures(u32);

impl Failures {
    fn end(&mut self) {
        self.0 = 0;
    }

    /// # Errors
    /// The failure itself, once there are too many of them.
    fn one_more(&mut self, error: UploadError) -> Result<(), UploadError> {
        self.0 += 1;
        if self.0 < PATIENCE { Ok(()) } else { Err(error) }
    }
}
