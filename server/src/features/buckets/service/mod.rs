//! The use cases of buckets. What lies in one is reached by the routes of files and uploads, with `bucket`.

mod create;
mod delete;
mod details;
mod purge;
mod set_up;
mod unfinished;

pub use create::Wanted;

use app::{
    contract::BucketName,
    features::{
        auth::types::Role,
        buckets::types::{BucketItem, BucketOwner, BucketState, BucketsPage, BucketsQuery},
    },
};
use uuid::Uuid;

use super::{
    error::BucketError,
    registry::{Located, Registry},
    repo::{self, Bucket, Lease, State},
};
use crate::{
    config::UserBuckets,
    features::{
        audit::Audit,
        auth::{
            principal::{Credential, Principal},
            service::Auth,
        },
        files::changes::Changes,
        quota::Quotas,
        uploads::service::Reaper,
    },
    platform::{Platform, cursor::Cursors},
};

/// How long a bucket counts as being made or deleted after the last step towards it.
const LEASE_SECONDS: i64 = 120;

/// What the service stands on.
#[derive(Clone)]
pub struct Foundation {
    pub platform: Platform,
    pub registry: Registry,
    pub auth: Auth,
    pub audit: Audit,
    pub quotas: Quotas,
    pub changes: Changes,
    pub reaper: Reaper,
    pub cursors: Cursors,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Buckets {
    on: Foundation,
    rules: UserBuckets,
    /// The origins of the pages; empty where storage allows them without rules of ours.
    origins: Vec<String>,
}

impl Buckets {
    #[must_use]
    pub fn new(on: Foundation, rules: UserBuckets, origins: Vec<String>) -> Self {
        Self { on, rules, origins }
    }

    /// The caller's buckets; to an admin, everyone's.
    ///
    /// # Errors
    /// [`BucketError::Cursor`]
    #[tracing::instrument(level = "debug", name = "buckets.list", skip_all, fields(user = %who.user_id))]
    pub async fn list(&self, who: &Principal, query: &BucketsQuery) -> Result<BucketsPage, BucketError> {
        let caller = who.user_id.to_string();
        let sees_all = sees_all(who);
        let bound = [if sees_all { "all buckets" } else { "buckets" }, &caller];
        let after = match &query.continuation_token {
            Some(token) => self.on.cursors.open(&bound, token)?,
            None => String::new(),
        };
        let limit = usize::from(query.max_keys.unwrap_or_default().get());
        let owner = (!sees_all).then_some(who.user_id);
        let mut found = if reaches_buckets(who) {
            // One more than asked for tells whether there is a next page.
            let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
            repo::page(self.on.platform.db.pool(), owner, &after, wanted).await?
        } else {
            Vec::new()
        };
        let has_more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| has_more);
        Ok(BucketsPage {
            continuation_token: last.map(|last| self.on.cursors.seal(&bound, last.name.as_str())),
            has_more,
            buckets: found.iter().map(|bucket| bucket.name.clone()).collect(),
            items: found.into_iter().map(item).collect(),
        })
    }

    /// The names of a person's own buckets that can be used, for the pages.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "buckets.own_names", skip_all, fields(user = %who.user_id))]
    pub async fn own_names(&self, who: &Principal) -> Result<Vec<BucketName>, BucketError> {
        let most = i64::from(self.rules.most).max(1000);
        let found = repo::page(self.on.platform.db.pool(), Some(who.user_id), "", most).await?;
        let ready = found.into_iter().filter(|bucket| bucket.state == State::Ready);
        Ok(ready.map(|bucket| bucket.name).collect())
    }

    /// The region of a person's own bucket; `None` where it is not theirs.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "buckets.own_region", skip_all, fields(user = %who.user_id, %name))]
    pub async fn own_region(
        &self,
        who: &Principal,
        name: &BucketName,
    ) -> Result<Option<String>, BucketError> {
        let found = self.on.registry.usable(name, who.user_id).await?;
        Ok(found.map(|bucket| bucket.store.region().to_owned()))
    }

    /// Refuses what is not a bucket of the caller's own: the routes of items are about nothing else.
    ///
    /// # Errors
    /// [`BucketError::NoSuchBucket`]
    #[tracing::instrument(level = "debug", name = "buckets.own", skip_all, fields(user = %who.user_id, %name))]
    pub async fn own(&self, who: &Principal, name: &BucketName) -> Result<(), BucketError> {
        match self.on.registry.usable(name, who.user_id).await? {
            Some(_) if reaches_buckets(who) => Ok(()),
            _ => Err(BucketError::NoSuchBucket(name.clone())),
        }
    }

    /// A bucket that the caller sees.
    async fn seen(&self, who: &Principal, name: &BucketName) -> Result<Bucket, BucketError> {
        let found = repo::find(self.on.platform.db.pool(), name).await?;
        let found =
            found.filter(|bucket| bucket.owner == who.user_id && reaches_buckets(who) || sees_all(who));
        found.ok_or_else(|| BucketError::NoSuchBucket(name.clone()))
    }

    fn now(&self) -> i64 {
        self.on.platform.now()
    }

    fn new_lease(&self) -> Lease {
        self.renewed(self.on.platform.rng.uuid())
    }

    fn renewed(&self, id: Uuid) -> Lease {
        Lease {
            id,
            until: self.now() + LEASE_SECONDS,
        }
    }

    /// Writes the next step down, with its lease renewed.
    async fn step(&self, name: &BucketName, to: State, lease: Lease) -> Result<(), BucketError> {
        let mut connection = self.on.platform.db.pool().acquire().await?;
        if repo::step(&mut connection, name, to, self.renewed(lease.id)).await? {
            Ok(())
        } else {
            Err(BucketError::Busy(name.clone()))
        }
    }

    /// The bucket, with the store of its region.
    fn located(&self, bucket: &Bucket) -> Located {
        let home = self.on.registry.home();
        Located {
            store: home.store.in_region(&bucket.region),
            name: bucket.name.clone(),
        }
    }
}

/// An API key for a folder of its owner's reaches none of their buckets.
fn reaches_buckets(who: &Principal) -> bool {
    who.narrow_key().is_none()
}

/// An admin sees all buckets of the server's; an API key of theirs sees their own.
fn sees_all(who: &Principal) -> bool {
    who.role == Role::Admin && !matches!(who.credential, Credential::ApiKey(_))
}

fn item(bucket: Bucket) -> BucketItem {
    BucketItem {
        name: bucket.name,
        region: bucket.region,
        created_at: bucket.created_at,
        state: match bucket.state {
            State::Creating | State::Making | State::Made => BucketState::Creating,
            State::Ready => BucketState::Ready,
            State::Deleting | State::Gone => BucketState::Deleting,
        },
        owner: BucketOwner {
            id: bucket.owner,
            username: bucket.owner_name,
        },
    }
}
