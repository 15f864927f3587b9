//! Rules by which storage itself removes what grows old. Ours have ids of their own; those that somebody else made stay.

use app::contract::BucketName;
use aws_sdk_s3::{
    error::BuildError,
    types::{
        AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration,
        LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
    },
};

use super::{S3Store, error::store_error};
use crate::platform::object_store::StoreError;

/// A rule has one prefix, so each of these is a rule for every prefix, and begins its id.
const VERSIONS: &str = "forepeak-old-versions";
const UPLOADS: &str = "forepeak-unfinished-uploads";
/// Days since an upload was begun. One that is taken up again and again has that long; what is left alone the program
/// itself aborts sooner.
const UPLOAD_DAYS: i32 = 30;

impl S3Store {
    /// Has storage remove, under each of the prefixes, versions that have not been current for so many days, and uploads
    /// that were begun long ago. Without a number of days versions stay. `false` where storage takes no such rules.
    #[tracing::instrument(level = "debug", name = "s3.keep_lifecycle", skip_all, fields(%bucket))]
    pub async fn keep_lifecycle(
        &self,
        bucket: &BucketName,
        prefixes: &[&str],
        version_days: Option<u32>,
    ) -> Result<bool, StoreError> {
        let unexpected = |error: BuildError| StoreError::Unexpected(error.to_string());
        let mut ours = Vec::new();
        for prefix in prefixes {
            ours.push(uploads_rule(prefix).map_err(unexpected)?);
            if let Some(days) = version_days {
                let days = i32::try_from(days).unwrap_or(i32::MAX);
                ours.push(versions_rule(prefix, days).map_err(unexpected)?);
            }
        }
        let found = self
            .client
            .get_bucket_lifecycle_configuration()
            .bucket(bucket.as_str())
            .send()
            .await;
        let rules = match found.map_err(store_error) {
            Ok(found) => found.rules.unwrap_or_default(),
            Err(StoreError::NotFound) => Vec::new(),
            Err(StoreError::Unsupported(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        let (there, mut kept): (Vec<_>, Vec<_>) = rules.into_iter().partition(is_ours);
        let is_there = |rule: &LifecycleRule| there.iter().any(|there| does_the_same(there, rule));
        if there.len() == ours.len() && ours.iter().all(is_there) {
            return Ok(true);
        }
        kept.extend(ours);
        let configuration = BucketLifecycleConfiguration::builder()
            .set_rules(Some(kept))
            .build()
            .map_err(unexpected)?;
        let put = self
            .client
            .put_bucket_lifecycle_configuration()
            .bucket(bucket.as_str())
            .lifecycle_configuration(configuration)
            .send()
            .await;
        match put.map_err(store_error) {
            Ok(_) => Ok(true),
            Err(StoreError::Unsupported(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// `forepeak-old-versions-teams`; for a whole bucket without an end.
fn id_of(rule: &str, prefix: &str) -> String {
    match prefix.trim_end_matches('/') {
        "" => rule.to_owned(),
        folder => format!("{rule}-{folder}"),
    }
}

fn is_ours(rule: &LifecycleRule) -> bool {
    let id = rule.id().unwrap_or_default();
    [VERSIONS, UPLOADS].iter().any(|ours| id.starts_with(ours))
}

/// Whether the rule is in force and ends uploads that were begun long ago.
pub(super) fn ends_uploads(rule: &LifecycleRule) -> bool {
    rule.status() == &ExpirationStatus::Enabled && rule.abort_incomplete_multipart_upload().is_some()
}

/// Servers add fields of their own to what they were given.
fn does_the_same(there: &LifecycleRule, ours: &LifecycleRule) -> bool {
    let versions = |rule: &LifecycleRule| {
        let days = rule.noncurrent_version_expiration()?.noncurrent_days();
        Some((days, rule.expiration()?.expired_object_delete_marker()))
    };
    let uploads = |rule: &LifecycleRule| rule.abort_incomplete_multipart_upload()?.days_after_initiation();
    let prefix = |rule: &LifecycleRule| rule.filter()?.prefix().map(str::to_owned);
    there.id() == ours.id()
        && there.status() == ours.status()
        && prefix(there) == prefix(ours)
        && versions(there) == versions(ours)
        && uploads(there) == uploads(ours)
}

fn versions_rule(prefix: &str, days: i32) -> Result<LifecycleRule, BuildError> {
    LifecycleRule::builder()
        .id(id_of(VERSIONS, prefix))
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
        .noncurrent_version_expiration(
            NoncurrentVersionExpiration::builder()
                .noncurrent_days(days)
                .build(),
        )
        // One that hides nothing any more.
        .expiration(
            LifecycleExpiration::builder()
                .expired_object_delete_marker(true)
                .build(),
        )
        .build()
}

fn uploads_rule(prefix: &str) -> Result<LifecycleRule, BuildError> {
    LifecycleRule::builder()
        .id(id_of(UPLOADS, prefix))
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder()
                .days_after_initiation(UPLOAD_DAYS)
                .build(),
        )
        .build()
}
