//! Deleting a bucket that holds no current objects. It is marked first: from then on nobody reaches it, and what breaks
//! off is done again.

use app::contract::BucketName;
use tracing::Instrument;

use super::{Buckets, Located, reaches_buckets, sees_all};
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::principal::Principal,
        buckets::{
            error::BucketError,
            repo::{self, Bucket, Lease, State},
        },
        quota::Holder,
    },
    platform::object_store::StoreError,
};

/// How long nobody else can have the name of a bucket that was deleted, in seconds: longer than any URL lives that was
/// signed for the bucket, or such a URL would open the next one's files.
const NAME_KEPT: i64 = 13 * 3600;
/// How often a bucket is emptied in which others write meanwhile.
const ROUNDS: u32 = 3;

impl Buckets {
    /// Deletes a bucket with its earlier versions and unfinished uploads. It goes on when the client goes away.
    ///
    /// # Errors
    /// [`BucketError::NotEmpty`] while it has current objects; the bucket is as it was then.
    #[tracing::instrument(level = "debug", name = "buckets.delete", skip_all, fields(user = %who.user_id, %name))]
    pub async fn delete(&self, who: Principal, name: &BucketName, origin: Origin) -> Result<(), BucketError> {
        let bucket = self.seen(&who, name).await?;
        // Admins delete what nobody can use any more, and nobody's in use.
        let may_delete = bucket.owner == who.user_id && reaches_buckets(&who)
            || sees_all(&who) && bucket.owner_name.is_none();
        if !may_delete {
            return Err(BucketError::NoSuchBucket(name.clone()));
        }
        if self.holds_objects(&self.located(&bucket)).await? {
            return Err(BucketError::NotEmpty(name.clone()));
        }
        let lease = self.new_lease();
        let mut transaction = self.on.platform.db.begin().await?;
        self.on.changes.reserve_bucket(&mut transaction, name).await?;
        let to_deleting = (bucket.state, State::Deleting);
        if !repo::take_over(&mut transaction, name, to_deleting, lease, self.now()).await? {
            return Err(BucketError::Busy(name.clone()));
        }
        transaction.commit().await?;
        let buckets = self.clone();
        let deletion = async move {
            buckets
                .carry_out_deletion(&bucket, lease, &origin, Some(&who))
                .await
        };
        tokio::spawn(deletion.in_current_span()).await?
    }

    /// Can be repeated at any point. Earlier versions go before the markers that hide them, so that nothing comes to light
    /// when it breaks off.
    pub(super) async fn carry_out_deletion(
        &self,
        bucket: &Bucket,
        lease: Lease,
        origin: &Origin,
        by: Option<&Principal>,
    ) -> Result<(), BucketError> {
        let located = self.located(bucket);
        let name = &located.name;
        let deleted = self.empty_and_delete(&located, bucket, lease).await;
        match deleted {
            Ok(()) => {}
            Err(error @ (BucketError::NotEmpty(_) | BucketError::Kept(..))) => {
                let mut connection = self.on.platform.db.pool().acquire().await?;
                repo::step(&mut connection, name, State::Ready, Lease { until: 0, ..lease }).await?;
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        let mut transaction = self.on.platform.db.begin().await?;
        let kept = Lease {
            until: self.now() + NAME_KEPT,
            ..lease
        };
        if !repo::step(&mut transaction, name, State::Gone, kept).await? {
            return Err(BucketError::Busy(name.clone()));
        }
        self.on.quotas.end_of_bucket_in(&mut transaction, name).await?;
        self.on
            .quotas
            .ask_count_in(&mut transaction, Holder::User(bucket.owner))
            .await?;
        let mut event = Event::new(Action::BucketDelete, Outcome::Success, origin).on(name);
        event = match by {
            Some(who) => event.by(who.user_id, &who.username),
            None => event.saying("finished after it broke off"),
        };
        self.on.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn empty_and_delete(
        &self,
        located: &Located,
        bucket: &Bucket,
        lease: Lease,
    ) -> Result<(), BucketError> {
        let Located { store, name } = located;
        let mut round = 1;
        loop {
            match self.purge(located, bucket.owner, lease).await {
                // Somebody has deleted it in storage.
                Err(BucketError::Store(StoreError::NoSuchBucket)) => return Ok(()),
                purged => purged?,
            }
            match store.delete_bucket(name).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Refused { code, .. }) if code == "BucketNotEmpty" && round < ROUNDS => {
                    round += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
