//! Whose bucket is whose, for all that works across buckets: scopes, quotas, and the upkeep of uploads and versions. How
//! buckets come about and go, `features/buckets/service` decides.

mod repo;

use app::contract::{BucketName, KeyRoot, ListedKey, RegionName, Timestamp, UserId, UserPrefix};

use crate::platform::{Platform, object_store::S3Store};

/// A bucket of somebody's own.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnBucket {
    #[sqlx(try_from = "String")]
    pub name: BucketName,
    #[sqlx(rename = "owner_id", try_from = "String")]
    pub owner: UserId,
    #[sqlx(try_from = "String")]
    pub region: RegionName,
}

/// A bucket that is gone through as a whole, and the store that speaks to its region.
#[derive(Clone, Debug)]
pub struct Located {
    pub store: S3Store,
    pub name: BucketName,
}

/// The buckets of the server's own storage: the home bucket, and those that people made. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    platform: Platform,
    store: S3Store,
    /// The bucket that holds everyone's prefix.
    home: BucketName,
}

impl Registry {
    #[must_use]
    pub fn new(platform: Platform, store: S3Store, home: BucketName) -> Self {
        Self {
            platform,
            store,
            home,
        }
    }

    #[must_use]
    pub fn home(&self) -> Located {
        Located {
            store: self.store.clone(),
            name: self.home.clone(),
        }
    }

    /// The bucket of this name, if it is this person's and can be used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usable(&self, name: &BucketName, owner: UserId) -> Result<Option<Located>, sqlx::Error> {
        if *name == self.home {
            return Ok(None);
        }
        let found = repo::usable(self.platform.db.pool(), name, owner).await?;
        Ok(found.map(|bucket| self.locate(bucket)))
    }

    /// A person's next bucket after a name, in the order of names; one that is being deleted still holds bytes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_of(&self, owner: UserId, after: &str) -> Result<Option<Located>, sqlx::Error> {
        let found = repo::there(self.platform.db.pool(), Some(owner), after, 1).await?;
        Ok(found.into_iter().next().map(|bucket| self.locate(bucket)))
    }

    /// Everyone's next bucket after a name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_of_all(&self, after: &str) -> Result<Option<Located>, sqlx::Error> {
        let found = repo::there(self.platform.db.pool(), None, after, 1).await?;
        Ok(found.into_iter().next().map(|bucket| self.locate(bucket)))
    }

    /// The store that speaks to the region of a bucket, whoever's it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn store_of(&self, name: &BucketName) -> Result<S3Store, sqlx::Error> {
        if *name == self.home {
            return Ok(self.store.clone());
        }
        let region = repo::region_of(self.platform.db.pool(), name).await?;
        Ok(region.map_or_else(|| self.store.clone(), |region| self.store.in_region(&region)))
    }

    /// Keeps how many current objects a bucket holds, and their bytes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_count(
        &self,
        name: &BucketName,
        objects: u64,
        bytes: u64,
        at: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let counted = (signed(objects), signed(bytes));
        repo::counted(self.platform.db.pool(), name, counted, at).await
    }

    fn locate(&self, bucket: OwnBucket) -> Located {
        Located {
            store: self.store.in_region(&bucket.region),
            name: bucket.name,
        }
    }
}

/// All that a bucket of somebody's own holds.
pub(super) fn everything() -> UserPrefix {
    KeyRoot::whole_bucket().everything()
}

/// A key as a listing of such a bucket shows it.
pub(super) fn listed(key: &str) -> Option<ListedKey> {
    KeyRoot::whole_bucket().listed(key).ok()
}
