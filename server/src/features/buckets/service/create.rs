//! Making a bucket: its row first, then storage is asked. The steps are written down, so that what breaks off is finished
//! or forgotten (`unfinished.rs`).

use app::{
    contract::{BucketName, RegionName},
    features::{auth::types::Role, buckets::types::CreatedBucket},
};
use tracing::Instrument;

use super::{Buckets, Located, reaches_buckets};
use crate::{
    config::BucketMakers,
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::principal::Principal,
        buckets::{
            error::BucketError,
            repo::{self, Lease, State},
        },
    },
    platform::object_store::StoreError,
};

/// A name that is part of an address of ours: `POST /api/buckets/create` makes a bucket of any name.
const RESERVED: &str = "create";
/// How often another name is made up when the last one was taken.
const TRIES: u32 = 5;

/// What is to be made.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Made up unless given.
    pub name: Option<BucketName>,
    /// That of the server's storage unless given.
    pub region: Option<RegionName>,
}

impl Buckets {
    /// Makes a bucket that is the caller's. It goes on when the client goes away.
    ///
    /// # Errors
    /// [`BucketError::Taken`] for a name that somebody has, also the caller themselves.
    #[tracing::instrument(level = "debug", name = "buckets.create", skip_all, fields(user = %who.user_id))]
    pub async fn create(
        &self,
        who: Principal,
        wanted: Wanted,
        origin: Origin,
    ) -> Result<CreatedBucket, BucketError> {
        self.may_make(&who)?;
        let buckets = self.clone();
        let making = async move {
            let region = wanted.region.map_or_else(|| buckets.default_region(), Ok)?;
            if let Some(name) = wanted.name {
                return buckets.create_named(&who, name, region, &origin).await;
            }
            for _ in 1..TRIES {
                let made = buckets.create_named(&who, buckets.made_up()?, region.clone(), &origin);
                match made.await {
                    Err(BucketError::Taken(_)) => {}
                    outcome => return outcome,
                }
            }
            buckets
                .create_named(&who, buckets.made_up()?, region, &origin)
                .await
        };
        tokio::spawn(making.in_current_span()).await?
    }

    /// Whether the caller may make buckets, however many they have.
    ///
    /// # Errors
    /// [`BucketError::NotAllowed`]
    pub fn may_make(&self, who: &Principal) -> Result<(), BucketError> {
        if !reaches_buckets(who) {
            return Err(BucketError::NotAllowed("This API key reaches one folder alone"));
        }
        match self.rules.makers {
            BucketMakers::Everyone => Ok(()),
            BucketMakers::Admins if who.role == Role::Admin => Ok(()),
            BucketMakers::Admins => Err(BucketError::NotAllowed(
                "Only admins create buckets on this server",
            )),
            BucketMakers::Nobody => Err(BucketError::NotAllowed("Nobody creates buckets on this server")),
        }
    }

    fn default_region(&self) -> Result<RegionName, BucketError> {
        let home = self.on.registry.home();
        let region = home.store.region();
        region
            .parse()
            .map_err(|_| StoreError::Unexpected(format!("the region {region:?}")).into())
    }

    /// `bucket-` and eight hexadecimal digits.
    fn made_up(&self) -> Result<BucketName, BucketError> {
        let mut bytes = [0; 4];
        self.on.platform.rng.fill(&mut bytes);
        let name = format!("bucket-{:08x}", u32::from_be_bytes(bytes));
        name.parse().map_err(|error| BucketError::Name {
            field: "bucket_name",
            error,
        })
    }

    async fn create_named(
        &self,
        who: &Principal,
        name: BucketName,
        region: RegionName,
        origin: &Origin,
    ) -> Result<CreatedBucket, BucketError> {
        let home = self.on.registry.home();
        if name.as_str() == RESERVED {
            return Err(BucketError::Reserved);
        }
        if name == home.name {
            return Err(BucketError::Taken(name));
        }
        self.finish_own(who, &name).await?;
        let lease = self.take_name(who, &name, &region).await?;
        let bucket = Located {
            store: home.store.in_region(&region),
            name,
        };
        // Asked by way of the server's own region: no other one is known to be there.
        match home.store.bucket_exists(&bucket.name).await {
            Ok(false) => {}
            outcome => {
                self.forget(&bucket.name, lease).await?;
                outcome?;
                return Err(BucketError::Taken(bucket.name));
            }
        }
        self.step(&bucket.name, State::Making, lease).await?;
        self.make(&bucket, &region, lease).await?;
        self.step(&bucket.name, State::Made, lease).await?;
        let warnings = self.set_up(&bucket).await?;
        let event = Event::new(Action::BucketCreate, Outcome::Success, origin).by(who.user_id, &who.username);
        self.finish(&bucket.name, lease, event).await?;
        Ok(CreatedBucket {
            message: format!("Bucket {} created successfully", bucket.name),
            bucket_name: bucket.name,
            region,
            warnings,
        })
    }

    /// A row of the caller's, of which the account's row is held while their buckets are counted.
    async fn take_name(
        &self,
        who: &Principal,
        name: &BucketName,
        region: &RegionName,
    ) -> Result<Lease, BucketError> {
        let lease = self.new_lease();
        let mut transaction = self.on.platform.db.begin().await?;
        self.on.auth.hold_account(&mut transaction, who.user_id).await?;
        let count = repo::count_of(&mut transaction, who.user_id).await?;
        if !repo::insert(&mut transaction, (name, region), who.user_id, lease, self.now()).await? {
            return Err(BucketError::Taken(name.clone()));
        }
        if count >= i64::from(self.rules.most) {
            return Err(BucketError::TooMany(self.rules.most));
        }
        transaction.commit().await?;
        Ok(lease)
    }

    /// Has storage make what it had none of a moment ago. What it has not made is forgotten.
    async fn make(&self, bucket: &Located, region: &RegionName, lease: Lease) -> Result<(), BucketError> {
        let name = &bucket.name;
        let error = match bucket.store.make_bucket(name).await {
            // Where storage answers 200 for a bucket that was there, whoever made it since has done something to it.
            Ok(()) if bucket.store.is_untouched(name).await? => return Ok(()),
            Ok(()) => BucketError::Taken(name.clone()),
            Err(StoreError::Refused { code, .. }) if is_taken(&code) => BucketError::Taken(name.clone()),
            Err(StoreError::Refused { code, message }) if is_about_region(&code) => BucketError::Region {
                region: region.clone(),
                why: if message.is_empty() { code } else { message },
            },
            Err(error) if error.leaves_it_open() => {
                let home = self.on.registry.home();
                if home.store.bucket_exists(name).await? {
                    // Its answer was lost, and the upkeep goes on with it.
                    return Err(error.into());
                }
                if region.as_str() == home.store.region() {
                    error.into()
                } else {
                    BucketError::Region {
                        region: region.clone(),
                        why: "storage does not answer there".to_owned(),
                    }
                }
            }
            Err(error) => error.into(),
        };
        self.forget(name, lease).await?;
        Err(error)
    }

    pub(super) async fn forget(&self, name: &BucketName, lease: Lease) -> Result<(), BucketError> {
        Ok(repo::delete(self.on.platform.db.pool(), name, lease).await?)
    }

    /// The bucket can be used from the commit on.
    pub(super) async fn finish(
        &self,
        name: &BucketName,
        lease: Lease,
        event: Event,
    ) -> Result<(), BucketError> {
        let mut transaction = self.on.platform.db.begin().await?;
        let ended = Lease { until: 0, ..lease };
        if !repo::step(&mut transaction, name, State::Ready, ended).await? {
            return Err(BucketError::Busy(name.clone()));
        }
        self.on.audit.record(&mut transaction, event.on(name)).await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn is_taken(code: &str) -> bool {
    matches!(
        code,
        "BucketAlreadyExists" | "BucketAlreadyOwnedByYou" | "OperationAborted"
    )
}

fn is_about_region(code: &str) -> bool {
    matches!(
        code,
        "InvalidLocationConstraint"
            | "IllegalLocationConstraintException"
            | "AuthorizationHeaderMalformed"
            | "InvalidRegion"
    )
}
