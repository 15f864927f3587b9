//! How a bucket is set up, and what it holds.

use app::{
    contract::{BucketName, Timestamp},
    features::buckets::types::{BucketDetails, BucketSetting},
};

use super::{Buckets, Located, item};
use crate::{
    features::{
        auth::principal::Principal,
        buckets::{
            error::BucketError,
            registry,
            repo::{Bucket, State},
        },
        quota::Holder,
    },
    platform::object_store::{ListRequest, StoreError},
};

/// Up to so many pages of a thousand objects are counted while the request waits.
const PAGES: u32 = 10;
const PAGE: u16 = 1000;

/// Current objects, their bytes, and when they were counted.
type Count = (Option<u64>, Option<u64>, Option<Timestamp>);

impl Buckets {
    /// # Errors
    /// [`BucketError::NoSuchBucket`]
    #[tracing::instrument(level = "debug", name = "buckets.details", skip_all, fields(user = %who.user_id, %name))]
    pub async fn details(&self, who: &Principal, name: &BucketName) -> Result<BucketDetails, BucketError> {
        let bucket = self.seen(who, name).await?;
        if bucket.state != State::Ready {
            let busy = || BucketSetting::unavailable("The bucket is being created or deleted");
            return Ok(BucketDetails {
                bucket: item(bucket),
                objects: None,
                bytes: None,
                counted_at: None,
                versioning: busy(),
                cors: busy(),
                lifecycle: busy(),
                encryption: busy(),
                object_lock: busy(),
            });
        }
        let located = self.located(&bucket);
        let Located { store, name } = &located;
        let (objects, bytes, counted_at) = self.count(&bucket, &located).await?;
        let cors = if self.origins.is_empty() {
            Ok(true)
        } else {
            store.allows_origins(name, &self.origins).await
        };
        let word = |is: bool, yes: &'static str, no: &'static str| if is { yes } else { no };
        Ok(BucketDetails {
            objects,
            bytes,
            counted_at,
            versioning: setting(store.versioning(name).await)?,
            cors: setting(cors.map(|is| word(is, "allowed", "missing")))?,
            lifecycle: setting(
                store
                    .ends_old_uploads(name)
                    .await
                    .map(|is| word(is, "set", "missing")),
            )?,
            encryption: setting(store.encryption(name).await)?,
            object_lock: setting(
                store
                    .locks_objects(name)
                    .await
                    .map(|is| word(is, "enabled", "off")),
            )?,
            bucket: item(bucket),
        })
    }

    /// Of a large bucket what was counted last, and another count is asked for.
    async fn count(&self, bucket: &Bucket, located: &Located) -> Result<Count, BucketError> {
        let everything = registry::everything();
        let (mut objects, mut bytes, mut token) = (0_u64, 0_u64, None);
        for _ in 0..PAGES {
            let page = ListRequest {
                prefix: &everything,
                folders: false,
                token: token.as_deref(),
                limit: PAGE,
            };
            let page = located.store.list(&located.name, page).await?;
            objects += page.objects.len() as u64;
            bytes += page.objects.iter().map(|object| object.size).sum::<u64>();
            token = page.next;
            if token.is_none() {
                let now = Timestamp::from_unix(self.now());
                return Ok((Some(objects), Some(bytes), now));
            }
        }
        if bucket.counted_at.is_none() {
            self.on.quotas.ask_count(Holder::User(bucket.owner)).await?;
        }
        Ok((bucket.objects, bucket.bytes, bucket.counted_at))
    }
}

/// What storage does not have, or does not tell, is said in its place.
fn setting(found: Result<impl Into<String>, StoreError>) -> Result<BucketSetting, StoreError> {
    match found {
        Ok(value) => Ok(BucketSetting::known(value)),
        Err(StoreError::Unsupported(_)) => Ok(BucketSetting::unavailable("not available here")),
        Err(StoreError::Denied(_)) => Ok(BucketSetting::unavailable("storage does not tell this server")),
        Err(error @ (StoreError::Unavailable(_) | StoreError::NoSuchBucket)) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "how a bucket is set up could not be read");
            Ok(BucketSetting::unavailable("not available here"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_storage_does_not_have_is_said_in_its_place() {
        let told = |error: StoreError| setting(Err::<&str, _>(error));
        let known = setting(Ok("enabled")).unwrap();
        assert_eq!((known.available, known.value.as_deref()), (true, Some("enabled")));
        for (error, message) in [
            (StoreError::Unsupported(String::new()), "not available here"),
            (
                StoreError::Denied(String::new()),
                "storage does not tell this server",
            ),
            (StoreError::Unexpected(String::new()), "not available here"),
        ] {
            let unknown = told(error).unwrap();
            assert!(!unknown.available && unknown.value.is_none());
            assert_eq!(unknown.message.as_deref(), Some(message));
        }
        assert!(told(StoreError::Unavailable(String::new())).is_err());
    }
}
