//! The bucket, its CORS rules as the pages need them, and its rules for what grows old: looked at when the program starts,
//! and again until they are right, since storage may come up later than we do.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use app::contract::{BucketName, key::OWNED_FOLDERS};

use super::{Probe, ProbeError, S3Store, StoreError};

/// Whether pages of ours may talk to storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cors {
    /// Nobody has looked yet.
    Unknown,
    Allowed,
    /// The rules do not allow it, and storage does not let us change them.
    NotSet(String),
}

/// Cheap to clone; all clones share what was found.
#[derive(Clone)]
pub struct StorageSetup {
    store: S3Store,
    bucket: BucketName,
    /// The origins of the pages; empty where storage allows them without rules of ours.
    origins: Vec<String>,
    /// Whether a bucket that is missing is made.
    makes_bucket: Arc<AtomicBool>,
    cors: Arc<Mutex<Cors>>,
    version_days: Option<u32>,
    keeps_lifecycle: Arc<AtomicBool>,
}

impl StorageSetup {
    #[must_use]
    pub fn new(store: S3Store, bucket: BucketName, origins: Vec<String>) -> Self {
        Self {
            store,
            bucket,
            origins,
            makes_bucket: Arc::default(),
            cors: Arc::new(Mutex::new(Cors::Unknown)),
            version_days: None,
            keeps_lifecycle: Arc::default(),
        }
    }

    /// Has storage keep old versions for so many days, where it takes rules for that; for ever unless given.
    #[must_use]
    pub fn keeping_versions_for(self, days: Option<u32>) -> Self {
        Self {
            version_days: days,
            ..self
        }
    }

    /// For a first start: from here on a bucket that is missing is made. With accounts that have files somewhere, an
    /// empty bucket would look as if all of them were lost.
    pub fn make_bucket_where_missing(&self) {
        self.makes_bucket.store(true, Ordering::Relaxed);
    }

    /// Looks at storage as it is now.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub async fn probe(&self) -> Result<Probe, ProbeError> {
        self.store.probe(&self.bucket).await
    }

    /// What the last attempt found.
    #[must_use]
    pub fn cors(&self) -> Cors {
        self.cors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether storage has taken the rules for old versions. Whether it acts on them only time can tell.
    #[must_use]
    pub fn keeps_lifecycle(&self) -> bool {
        self.keeps_lifecycle.load(Ordering::Relaxed)
    }

    /// Does what is missing. Can be repeated.
    ///
    /// # Errors
    /// Why storage cannot be used. CORS rules that cannot be set are no error: files can be reached without.
    pub async fn attempt(&self) -> Result<Probe, ProbeError> {
        let makes_bucket = self.makes_bucket.load(Ordering::Relaxed);
        let probe = match self.probe().await {
            Err(ProbeError::NoSuchBucket) if makes_bucket => {
                let made = self.store.ensure_bucket(&self.bucket).await;
                made.map_err(|error| unmade(&error))?;
                self.probe().await?
            }
            Ok(probe) => {
                if makes_bucket && let Err(error) = self.store.ensure_bucket(&self.bucket).await {
                    tracing::warn!(%error, bucket = %self.bucket, "the bucket could not be made to keep versions");
                }
                probe
            }
            Err(error) => return Err(error),
        };
        let cors = if self.origins.is_empty() {
            Cors::Allowed
        } else {
            match self.store.allow_origins(&self.bucket, &self.origins).await {
                Ok(()) => Cors::Allowed,
                Err(error) => Cors::NotSet(error.to_string()),
            }
        };
        *self.cors.lock().unwrap_or_else(PoisonError::into_inner) = cors;
        let kept = self
            .store
            .keep_lifecycle(&self.bucket, &OWNED_FOLDERS, self.version_days)
            .await;
        match kept {
            Ok(is_kept) => self.keeps_lifecycle.store(is_kept, Ordering::Relaxed),
            // The program itself removes old versions then, and unfinished uploads in any case.
            Err(error) => {
                tracing::warn!(%error, bucket = %self.bucket, "storage did not take the rules for what grows old");
            }
        }
        Ok(probe)
    }
}

fn unmade(error: &StoreError) -> ProbeError {
    match error {
        StoreError::Unavailable(text) => ProbeError::Failing(text.clone()),
        error => ProbeError::Denied(format!("it cannot be made: {error}")),
    }
}
