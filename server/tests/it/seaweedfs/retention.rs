//! A server that takes rules for old versions, whether or not it acts on them.

use app::contract::BucketName;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    NoncurrentVersionExpiration,
};
use server::{
    features::{
        buckets::Registry,
        files::retention::{Expired, Retention},
    },
    platform::object_store::StorageSetup,
};
use time::Duration;

use super::{seaweed::Seaweed, store};
use crate::{
    files::jobs::put,
    support::{PASSWORD, TestApp},
};

async fn rules(seaweed: &Seaweed) -> Vec<(String, Option<i32>)> {
    let found = seaweed
        .client()
        .get_bucket_lifecycle_configuration()
        .bucket("forepeak")
        .send()
        .await
        .unwrap();
    let mut rules: Vec<_> = found
        .rules()
        .iter()
        .map(|rule| {
            let days = rule
                .noncurrent_version_expiration()
                .and_then(NoncurrentVersionExpiration::noncurrent_days);
            (rule.id().unwrap().to_owned(), days)
        })
        .collect();
    rules.sort();
    rules
}

pub(super) async fn rules_are_kept_beside_those_of_others(seaweed: &Seaweed) {
    let other = LifecycleRule::builder()
        .id("of-somebody-else")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("elsewhere/").build())
        .expiration(LifecycleExpiration::builder().days(400).build())
        .build()
        .unwrap();
    let configuration = BucketLifecycleConfiguration::builder()
        .rules(other)
        .build()
        .unwrap();
    seaweed
        .client()
        .put_bucket_lifecycle_configuration()
        .bucket("forepeak")
        .lifecycle_configuration(configuration)
        .send()
        .await
        .unwrap();
    let store = store(seaweed).await;
    let bucket: BucketName = "forepeak".parse().unwrap();
    let ours = |name: &str, days| (format!("forepeak-{name}-users"), days);
    let other = ("of-somebody-else".to_owned(), None);
    for days in [Some(30), Some(30), Some(7), None] {
        assert!(store.keep_lifecycle(&bucket, &["users/"], days).await.unwrap());
        let mut expected = vec![ours("unfinished-uploads", None), other.clone()];
        if days.is_some() {
            expected.insert(0, ours("old-versions", days.map(|days| days as i32)));
        }
        assert_eq!(rules(seaweed).await, expected, "{days:?}");
    }
}

/// It has some days to act on its rule. What is there after them goes by a round of ours.
pub(super) async fn what_storage_does_not_remove_is_removed(app: &TestApp, seaweed: &Seaweed) {
    let store = store(seaweed).await;
    let bucket: BucketName = "forepeak".parse().unwrap();
    let setup = StorageSetup::new(store.clone(), bucket.clone(), Vec::new()).keeping_versions_for(Some(2));
    setup.attempt().await.unwrap();
    assert!(setup.keeps_lifecycle());
    let buckets = Registry::new(app.state.platform.clone(), store, bucket);
    let retention = Retention::new(buckets, app.state.platform.clone(), setup, Some(2));
    let sdk = seaweed.client();
    let jo = app.user("joan").await;
    for text in ["one", "second"] {
        put(&sdk, &jo.key("a"), text.as_bytes()).await;
        put(&sdk, &jo.key("b"), text.as_bytes()).await;
    }
    sdk.delete_object()
        .bucket("forepeak")
        .key(jo.key("b"))
        .send()
        .await
        .unwrap();
    app.clock.advance(Duration::days(4));
    assert_eq!(retention.round().await.unwrap(), Expired::default());
    app.clock.advance(Duration::days(2));
    let expired = retention.round().await.unwrap();
    assert!(
        expired.versions >= 3 && expired.markers >= 1 && expired.failed == 0,
        "{expired:?}"
    );
    let left = sdk
        .list_object_versions()
        .bucket("forepeak")
        .prefix(jo.key(""))
        .send()
        .await
        .unwrap();
    assert_eq!((left.versions().len(), left.delete_markers().len()), (1, 0));
    let jo = app.sign_in("joan", PASSWORD).await;
    assert_eq!(crate::uploads::read(&jo, "a").await, b"second");
    assert_eq!(retention.round().await.unwrap(), Expired::default());
}
