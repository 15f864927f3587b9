//! Buckets that whoever made or deleted them did not finish with: finished, or forgotten.

use app::contract::BucketName;

use super::{Buckets, Located};
use crate::features::{
    audit::{Action, Event, Origin, Outcome},
    auth::principal::Principal,
    buckets::{
        error::BucketError,
        repo::{self, Bucket, Lease, State},
    },
};

/// Buckets of one round.
const BATCH: i64 = 100;

impl Buckets {
    /// One round over what broke off. Any replica can do it at any time, also two at once.
    ///
    /// # Errors
    /// When the database fails. What fails for one bucket is logged, and tried again in the next round.
    #[tracing::instrument(level = "debug", name = "buckets.round", skip_all)]
    pub async fn round(&self) -> Result<u32, BucketError> {
        let pool = self.on.platform.db.pool();
        repo::free_names(pool, self.now()).await?;
        let mut finished = 0;
        for bucket in repo::unfinished(pool, self.now(), BATCH).await? {
            match self.take_up(&bucket).await {
                Ok(()) => finished += 1,
                Err(error @ BucketError::Database(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(bucket = %bucket.name, %error, "an unfinished bucket is left for the next round");
                }
            }
        }
        Ok(finished)
    }

    /// Finishes with a bucket of the caller's own that broke off, so that they can make it again.
    pub(super) async fn finish_own(&self, who: &Principal, name: &BucketName) -> Result<(), BucketError> {
        let found = repo::find(self.on.platform.db.pool(), name).await?;
        match found {
            Some(bucket) if bucket.owner == who.user_id && bucket.lease_until <= self.now() => {
                self.take_up(&bucket).await
            }
            _ => Ok(()),
        }
    }

    async fn take_up(&self, bucket: &Bucket) -> Result<(), BucketError> {
        if matches!(bucket.state, State::Ready | State::Gone) {
            return Ok(());
        }
        let lease = self.new_lease();
        let mut connection = self.on.platform.db.pool().acquire().await?;
        let unchanged = (bucket.state, bucket.state);
        if !repo::take_over(&mut connection, &bucket.name, unchanged, lease, self.now()).await? {
            return Ok(());
        }
        drop(connection);
        let located = self.located(bucket);
        match bucket.state {
            State::Creating => self.forget(&bucket.name, lease).await,
            State::Making => self.take_up_making(bucket, &located, lease).await,
            State::Made => self.take_up_made(bucket, &located, lease).await,
            State::Deleting => {
                let ended = self
                    .carry_out_deletion(bucket, lease, &Origin::default(), None)
                    .await;
                match ended {
                    // It holds objects again, and stays.
                    Err(BucketError::NotEmpty(_)) => Ok(()),
                    ended => ended,
                }
            }
            State::Ready | State::Gone => Ok(()),
        }
    }

    /// There was none when storage was asked to make it. What is there now and untouched was made for this row.
    async fn take_up_making(
        &self,
        bucket: &Bucket,
        located: &Located,
        lease: Lease,
    ) -> Result<(), BucketError> {
        let Located { store, name } = located;
        let home = self.on.registry.home();
        if home.store.bucket_exists(name).await? && store.is_untouched(name).await? {
            self.step(name, State::Made, lease).await?;
            self.take_up_made(bucket, located, lease).await
        } else {
            self.forget(name, lease).await
        }
    }

    async fn take_up_made(
        &self,
        bucket: &Bucket,
        located: &Located,
        lease: Lease,
    ) -> Result<(), BucketError> {
        self.set_up(located).await?;
        let owner_name = bucket.owner_name.clone().unwrap_or_default();
        let event = Event::new(Action::BucketCreate, Outcome::Success, &Origin::default())
            .by(bucket.owner, owner_name)
            .saying("finished after it broke off");
        self.finish(&located.name, lease, event).await
    }
}
