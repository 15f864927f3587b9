//! Abandoned uploads: those whose time is over, those into the folder of a team that their owner may no longer write to,
//! those whose abort or completion was broken off, and those that storage has but the journal never recorded. What fails for one of them does not stop the others.

use std::collections::HashMap;

use app::contract::{BucketName, KeyRoot, UserPrefix, key::OWNED_FOLDERS};
use uuid::Uuid;

use super::{Found, LIFETIME_SECONDS, Uploads};
use crate::{
    features::{
        buckets::registry::{Located, Registry},
        quota::Holder,
        uploads::{
            error::UploadError,
            repo::{self, State, Upload},
        },
    },
    platform::object_store::{ListedUpload, S3Store, StoreError},
};

const BATCH: i64 = 100;
/// After so many failures in a row a bucket is out of reach, and what is left in it waits for the next round.
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
    /// Left for the next round: storage did not do as asked, or would not have.
    pub failed: u32,
}

/// What became of one upload.
enum Outcome {
    Aborted,
    WithoutBucket,
    /// Its completion was broken off; it is open again, or completed.
    Settled,
}

/// Acts for nobody: it reaches everyone's uploads in the server's own storage.
#[derive(Clone)]
pub struct Reaper {
    uploads: Uploads,
    buckets: Registry,
}

impl Reaper {
    #[must_use]
    pub fn new(uploads: Uploads, buckets: Registry) -> Self {
        Self { uploads, buckets }
    }

    /// One round over journal and storage. Any replica can do it at any time, also two at once.
    ///
    /// # Errors
    /// [`UploadError`] when the database or storage cannot be reached; what was done is done, and the next round does
    /// the rest.
    #[tracing::instrument(level = "debug", name = "uploads.round", skip_all)]
    pub async fn round(&self) -> Result<Reaped, UploadError> {
        let mut reaped = Reaped::default();
        let mut failures = Failures::default();
        let mut last: Option<Uuid> = None;
        loop {
            let now = self.uploads.now();
            let home = self.buckets.home().name;
            let overdue = repo::overdue(&self.uploads.platform.db, &home, now, last, BATCH).await?;
            last = overdue.last().map(|upload| upload.id);
            if last.is_none() {
                break;
            }
            for upload in overdue {
                if matches!(upload.state, State::Completed { .. }) {
                    self.uploads.drop_row(upload.id).await?;
                    reaped.dropped += 1;
                    continue;
                }
                if failures.are_too_many(&upload.bucket) {
                    reaped.failed += 1;
                    continue;
                }
                let (id, bucket) = (upload.id, upload.bucket.clone());
                match self.reap_one(upload).await {
                    Ok(outcome) => {
                        failures.end(&bucket);
                        match outcome {
                            Outcome::Aborted => reaped.aborted += 1,
                            Outcome::WithoutBucket => reaped.without_bucket += 1,
                            Outcome::Settled => {}
                        }
                    }
                    Err(error @ UploadError::Database(_)) => return Err(error),
                    Err(error) => {
                        tracing::warn!(upload = %id, %bucket, %error, "an abandoned upload is left for the next round");
                        reaped.failed += 1;
                        failures.one_more(&bucket, &error);
                    }
                }
            }
        }
        for folder in OWNED_FOLDERS {
            if let Ok(prefix) = KeyRoot::whole_bucket().prefix(folder) {
                self.sweep(&self.buckets.home(), &prefix, &mut reaped, &mut failures)
                    .await?;
            }
        }
        self.sweep_own_buckets(&mut reaped, &mut failures).await?;
        Ok(reaped)
    }

    /// One bucket that is out of reach holds up no other.
    async fn sweep_own_buckets(
        &self,
        reaped: &mut Reaped,
        failures: &mut Failures,
    ) -> Result<(), UploadError> {
        let everything = KeyRoot::whole_bucket().everything();
        let mut after = String::new();
        while let Some(bucket) = self.buckets.next_of_all(&after).await? {
            match self.sweep(&bucket, &everything, reaped, failures).await {
                Ok(()) | Err(UploadError::Store(StoreError::NoSuchBucket)) => {}
                Err(error @ UploadError::Database(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(bucket = %bucket.name, %error, "unknown uploads are left for the next round");
                    reaped.failed += 1;
                }
            }
            after = bucket.name.as_str().to_owned();
        }
        Ok(())
    }

    /// Forgets every upload into a bucket that is to be deleted, and what storage has of it.
    ///
    /// # Errors
    /// [`UploadError`]; what was forgotten is forgotten.
    #[tracing::instrument(level = "debug", name = "uploads.end_bucket", skip_all, fields(%bucket))]
    pub async fn end_bucket(&self, store: &S3Store, bucket: &BucketName) -> Result<(), UploadError> {
        let everything = KeyRoot::whole_bucket().everything();
        let mut after = None;
        loop {
            let page = store.list_uploads(bucket, &everything, after.as_ref()).await?;
            for upload in page.uploads {
                // Always within the bucket: it was listed there.
                if let Ok(key) = KeyRoot::whole_bucket().key(upload.key) {
                    store.abort_upload(bucket, &key, &upload.upload_id).await?;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        for id in repo::of_bucket(&self.uploads.platform.db, bucket).await? {
            self.uploads.drop_row(id).await?;
        }
        Ok(())
    }

    async fn reap_one(&self, upload: Upload) -> Result<Outcome, UploadError> {
        let id = upload.id;
        let Ok(key) = KeyRoot::whole_bucket().key(upload.key.clone()) else {
            self.uploads.drop_row(id).await?;
            return Ok(Outcome::Aborted);
        };
        let found = Found {
            store: self.buckets.store_of(&upload.bucket).await?,
            holder: Holder::User(upload.user),
            upload,
            key,
        };
        let reaped = if let State::Completing { until } = found.upload.state {
            self.uploads
                .settle(&found, until)
                .await
                .map(|()| Outcome::Settled)
        } else if repo::begin_abort(&self.uploads.platform.db, id).await? {
            self.uploads.forget(&found).await.map(|()| Outcome::Aborted)
        } else {
            // Taken up again since it was looked up.
            Ok(Outcome::Settled)
        };
        match reaped {
            Err(UploadError::Store(StoreError::NoSuchBucket)) => {
                self.uploads.drop_row(id).await?;
                Ok(Outcome::WithoutBucket)
            }
            other => other,
        }
    }

    /// Uploads under a prefix that the journal does not know, such as those of other tools, or of a
    /// program that died between storage and journal.
    async fn sweep(
        &self,
        Located { store, name }: &Located,
        prefix: &UserPrefix,
        reaped: &mut Reaped,
        failures: &mut Failures,
    ) -> Result<(), UploadError> {
        let mut marker = None;
        loop {
            let page = store.list_uploads(name, prefix, marker.as_ref()).await?;
            for upload in page.uploads {
                if !self.is_abandoned(name, &upload).await? {
                    continue;
                }
                let Ok(key) = KeyRoot::whole_bucket().key(upload.key) else {
                    continue;
                };
                match store.abort_upload(name, &key, &upload.upload_id).await {
                    Ok(()) => {
                        failures.end(name);
                        reaped.swept += 1;
                    }
                    Err(error) => {
                        tracing::warn!(upload = upload.upload_id, %error, "an unknown upload is left for the next round");
                        reaped.failed += 1;
                        let error = UploadError::from(error);
                        failures.one_more(name, &error);
                        if failures.are_too_many(name) {
                            return Err(error);
                        }
                    }
                }
            }
            marker = page.next;
            if marker.is_none() {
                return Ok(());
            }
        }
    }

    async fn is_abandoned(&self, bucket: &BucketName, upload: &ListedUpload) -> Result<bool, UploadError> {
        let old = upload
            .initiated
            .is_some_and(|begun| begun.unix() <= self.uploads.now() - LIFETIME_SECONDS);
        Ok(old && !repo::knows(&self.uploads.platform.db, bucket, &upload.upload_id).await?)
    }
}

/// Failures in a row, by bucket: a bucket that this server is no longer let into says nothing of the others.
#[derive(Default)]
struct Failures(HashMap<BucketName, u32>);

impl Failures {
    fn end(&mut self, bucket: &BucketName) {
        self.0.remove(bucket);
    }

    /// What storage answers to one upload alone says nothing of its neighbours, and is not counted.
    fn one_more(&mut self, bucket: &BucketName, error: &UploadError) {
        if matches!(
            error,
            UploadError::Store(StoreError::Unavailable(_) | StoreError::Denied(_))
        ) {
            *self.0.entry(bucket.clone()).or_default() += 1;
        }
    }

    fn are_too_many(&self, bucket: &BucketName) -> bool {
        self.0.get(bucket).is_some_and(|failures| *failures >= PATIENCE)
    }
}
