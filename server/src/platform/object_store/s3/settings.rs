//! How a bucket is set up.

use app::contract::BucketName;
use aws_sdk_s3::types::{BucketVersioningStatus, ObjectLockEnabled, ServerSideEncryptionConfiguration};

use super::{S3Store, error::store_error, lifecycle};
use crate::platform::object_store::StoreError;

impl S3Store {
    /// `enabled`, `suspended`, or `off` where it never was on.
    #[tracing::instrument(level = "debug", name = "s3.versioning", skip_all, fields(%bucket))]
    pub async fn versioning(&self, bucket: &BucketName) -> Result<&'static str, StoreError> {
        let asked = self.client.get_bucket_versioning().bucket(bucket.as_str());
        let found = asked.send().await.map_err(store_error)?;
        Ok(match found.status {
            Some(BucketVersioningStatus::Enabled) => "enabled",
            Some(_) => "suspended",
            None => "off",
        })
    }

    /// Whether a rule ends uploads that were begun long ago.
    #[tracing::instrument(level = "debug", name = "s3.ends_old_uploads", skip_all, fields(%bucket))]
    pub async fn ends_old_uploads(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let asked = self
            .client
            .get_bucket_lifecycle_configuration()
            .bucket(bucket.as_str());
        match asked.send().await.map_err(store_error) {
            Ok(found) => Ok(found.rules().iter().any(lifecycle::ends_uploads)),
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// By what algorithm objects are encrypted unless they say otherwise: `AES256`, `aws:kms`, …; `none` for no rule.
    #[tracing::instrument(level = "debug", name = "s3.encryption", skip_all, fields(%bucket))]
    pub async fn encryption(&self, bucket: &BucketName) -> Result<String, StoreError> {
        let asked = self.client.get_bucket_encryption().bucket(bucket.as_str());
        let found = match asked.send().await.map_err(store_error) {
            Ok(found) => found,
            Err(StoreError::NotFound) => return Ok("none".to_owned()),
            Err(error) => return Err(error),
        };
        let rules = found.server_side_encryption_configuration();
        let algorithm = rules
            .into_iter()
            .flat_map(ServerSideEncryptionConfiguration::rules)
            .find_map(|rule| rule.apply_server_side_encryption_by_default());
        Ok(algorithm.map_or_else(|| "none".to_owned(), |by| by.sse_algorithm().as_str().to_owned()))
    }

    /// Whether versions can be locked against deletion.
    #[tracing::instrument(level = "debug", name = "s3.locks_objects", skip_all, fields(%bucket))]
    pub async fn locks_objects(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let asked = self
            .client
            .get_object_lock_configuration()
            .bucket(bucket.as_str());
        match asked.send().await.map_err(store_error) {
            Ok(found) => Ok(found
                .object_lock_configuration()
                .and_then(|lock| lock.object_lock_enabled())
                == Some(&ObjectLockEnabled::Enabled)),
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
