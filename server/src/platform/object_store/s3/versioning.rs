//! Whether a bucket keeps versions.

use app::contract::BucketName;

use super::{S3Store, error::store_error};
use crate::platform::object_store::StoreError;

impl S3Store {
    /// Whether old versions may lie in the bucket: it keeps them, or did so once. Where storage does not let us ask, what it
    /// lists tells.
    #[tracing::instrument(level = "debug", name = "s3.keeps_versions", skip_all, fields(%bucket))]
    pub async fn keeps_versions(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let asked = self
            .client
            .get_bucket_versioning()
            .bucket(bucket.as_str())
            .send()
            .await;
        let error = match asked {
            Ok(found) => return Ok(found.status.is_some()),
            Err(error) => error,
        };
        match store_error(error) {
            StoreError::Unsupported(_) => Ok(false),
            // The key may list and read versions, and not ask for the bucket's settings.
            StoreError::Denied(_) => Ok(true),
            error => Err(error),
        }
    }
}
