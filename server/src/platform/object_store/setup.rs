//! The bucket and its CORS rules, as the pages need them: looked at when the program starts, and again until they are
//! right, since storage may come up later than we do.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use app::contract::BucketName;

use super::{ObjectStore, Probe, ProbeError, StoreError};

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
    store: Arc<dyn ObjectStore>,
    bucket: BucketName,
    /// The origins of the pages; empty where storage allows them without rules of ours.
    origins: Vec<String>,
    /// Whether a bucket that is missing is made.
    makes_bucket: Arc<AtomicBool>,
    cors: Arc<Mutex<Cors>>,
}

impl StorageSetup {
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, bucket: BucketName, origins: Vec<String>) -> Self {
        Self {
            store,
            bucket,
            origins,
            makes_bucket: Arc::default(),
            cors: Arc::new(Mutex::new(Cors::Unknown)),
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
        Ok(probe)
    }
}

fn unmade(error: &StoreError) -> ProbeError {
    match error {
        StoreError::Unavailable(text) => ProbeError::Failing(text.clone()),
        error => ProbeError::Denied(format!("it cannot be made: {error}")),
    }
}
