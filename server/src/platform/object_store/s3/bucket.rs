//! What is done to a bucket as a whole.

use app::contract::BucketName;
use aws_sdk_s3::{
    Client,
    config::Region,
    error::BuildError,
    operation::create_bucket::CreateBucketError,
    types::{
        BucketLocationConstraint, BucketVersioningStatus, CorsConfiguration, CorsRule,
        CreateBucketConfiguration, VersioningConfiguration,
    },
};

use super::{S3Store, error::store_error};
use crate::platform::object_store::StoreError;

impl S3Store {
    /// Makes the bucket unless it is there, and lets it keep versions: undoing, restoring and the history of a folder
    /// need them. A bucket that has objects already is left as its owner set it up.
    #[tracing::instrument(level = "debug", name = "s3.ensure_bucket", skip_all, fields(%bucket))]
    pub async fn ensure_bucket(&self, bucket: &BucketName) -> Result<(), StoreError> {
        match check(&self.client, bucket).await {
            Ok(()) => {}
            Err(StoreError::NoSuchBucket) => create_bucket(&self.client, bucket).await?,
            Err(error) => return Err(error),
        }
        if is_new(&self.client, bucket).await? {
            self.enable_versioning(bucket).await?;
        }
        Ok(())
    }

    /// Whether a bucket of this name is there, whoever's it is: storage answers 403 for one that it does not let us into,
    /// and 301 or 400 for one of another region.
    #[tracing::instrument(level = "debug", name = "s3.bucket_exists", skip_all, fields(%bucket))]
    pub async fn bucket_exists(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let found = self.client.head_bucket().bucket(bucket.as_str()).send().await;
        let Err(error) = found else { return Ok(true) };
        match error.raw_response().map(|answer| answer.status().as_u16()) {
            Some(404) => Ok(false),
            Some(301 | 307 | 400 | 403) => Ok(true),
            _ => Err(store_error(error)),
        }
    }

    /// Makes a bucket in this store's region. Whether it was there before storage does not tell everywhere (us-east-1
    /// answers 200 for one's own), so ask [`Self::bucket_exists`] first.
    #[tracing::instrument(level = "debug", name = "s3.make_bucket", skip_all, fields(%bucket))]
    pub async fn make_bucket(&self, bucket: &BucketName) -> Result<(), StoreError> {
        let made = self
            .client
            .create_bucket()
            .bucket(bucket.as_str())
            .set_create_bucket_configuration(location(&self.client))
            .send();
        made.await.map(|_| ()).map_err(store_error)
    }

    /// Whether nothing was ever done to a bucket: it is empty, and nobody has said whether it keeps versions.
    #[tracing::instrument(level = "debug", name = "s3.is_untouched", skip_all, fields(%bucket))]
    pub async fn is_untouched(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        is_new(&self.client, bucket).await
    }

    #[tracing::instrument(level = "debug", name = "s3.enable_versioning", skip_all, fields(%bucket))]
    pub async fn enable_versioning(&self, bucket: &BucketName) -> Result<(), StoreError> {
        let enabled = VersioningConfiguration::builder()
            .status(BucketVersioningStatus::Enabled)
            .build();
        self.client
            .put_bucket_versioning()
            .bucket(bucket.as_str())
            .versioning_configuration(enabled)
            .send()
            .await
            .map_err(store_error)?;
        Ok(())
    }

    /// Deletes an empty bucket. One that is gone already is no error.
    #[tracing::instrument(level = "debug", name = "s3.delete_bucket", skip_all, fields(%bucket))]
    pub async fn delete_bucket(&self, bucket: &BucketName) -> Result<(), StoreError> {
        let deleted = self.client.delete_bucket().bucket(bucket.as_str()).send().await;
        match deleted.map_err(store_error) {
            Ok(_) | Err(StoreError::NotFound | StoreError::NoSuchBucket) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether pages of all these origins can upload to the bucket.
    #[tracing::instrument(level = "debug", name = "s3.allows_origins", skip_all, fields(%bucket))]
    pub async fn allows_origins(&self, bucket: &BucketName, origins: &[String]) -> Result<bool, StoreError> {
        let rules = self.cors_rules(bucket).await?;
        Ok(allow_all(&rules, origins))
    }

    /// Lets pages of these origins (`https://files.example.com`) read, write and see ETags. Adds a rule unless there is one;
    /// rules that somebody else made stay.
    #[tracing::instrument(level = "debug", name = "s3.allow_origins", skip_all, fields(%bucket))]
    pub async fn allow_origins(&self, bucket: &BucketName, origins: &[String]) -> Result<(), StoreError> {
        let mut rules = self.cors_rules(bucket).await?;
        if allow_all(&rules, origins) {
            return Ok(());
        }
        let unexpected = |error: BuildError| StoreError::Unexpected(error.to_string());
        let ours = CorsRule::builder()
            .set_allowed_origins(Some(origins.to_vec()))
            .set_allowed_methods(Some(METHODS.map(str::to_owned).to_vec()))
            .allowed_headers("*")
            .set_expose_headers(Some(EXPOSED.map(str::to_owned).to_vec()))
            .max_age_seconds(3600)
            .build()
            .map_err(unexpected)?;
        rules.push(ours);
        let configuration = CorsConfiguration::builder()
            .set_cors_rules(Some(rules))
            .build()
            .map_err(unexpected)?;
        self.client
            .put_bucket_cors()
            .bucket(bucket.as_str())
            .cors_configuration(configuration)
            .send()
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn cors_rules(&self, bucket: &BucketName) -> Result<Vec<CorsRule>, StoreError> {
        let found = self.client.get_bucket_cors().bucket(bucket.as_str()).send().await;
        match found.map_err(store_error) {
            Ok(found) => Ok(found.cors_rules.unwrap_or_default()),
            Err(StoreError::NotFound) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

fn allow_all(rules: &[CorsRule], origins: &[String]) -> bool {
    origins
        .iter()
        .all(|origin| rules.iter().any(|rule| lets_write(rule, origin)))
}

async fn check(client: &Client, bucket: &BucketName) -> Result<(), StoreError> {
    let found = client.head_bucket().bucket(bucket.as_str()).send().await;
    match found.map_err(store_error) {
        Ok(_) => Ok(()),
        Err(StoreError::NotFound) => Err(StoreError::NoSuchBucket),
        Err(error) => Err(error),
    }
}

/// Whether nothing was ever done to the bucket. That it is empty shows it even where the program ended between making
/// it and setting it up.
async fn is_new(client: &Client, bucket: &BucketName) -> Result<bool, StoreError> {
    let versioning = client
        .get_bucket_versioning()
        .bucket(bucket.as_str())
        .send()
        .await;
    if versioning.map_err(store_error)?.status.is_some() {
        return Ok(false);
    }
    let first = client.list_objects_v2().bucket(bucket.as_str()).max_keys(1);
    let first = first.send().await.map_err(store_error)?;
    Ok(first.contents().is_empty())
}

/// us-east-1 is the one region that may not be named.
fn location(client: &Client) -> Option<CreateBucketConfiguration> {
    let region = client.config().region().map(Region::as_ref);
    let region = region.filter(|region| *region != "us-east-1")?;
    let location =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region));
    Some(location.build())
}

async fn create_bucket(client: &Client, bucket: &BucketName) -> Result<(), StoreError> {
    let created = client
        .create_bucket()
        .bucket(bucket.as_str())
        .set_create_bucket_configuration(location(client))
        .send()
        .await;
    match created {
        Ok(_) => Ok(()),
        // Another replica was quicker.
        Err(error)
            if error
                .as_service_error()
                .is_some_and(CreateBucketError::is_bucket_already_owned_by_you) =>
        {
            Ok(())
        }
        Err(error) => Err(store_error(error)),
    }
}

/// Whether pages of the origin can upload by this rule.
fn lets_write(rule: &CorsRule, origin: &str) -> bool {
    let named = |names: &[String], name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
    rule.allowed_origins()
        .iter()
        .any(|allowed| allowed == "*" || allowed == origin)
        && METHODS.iter().all(|method| named(rule.allowed_methods(), method))
        && named(rule.allowed_headers(), "*")
        && named(rule.expose_headers(), "ETag")
}

const METHODS: [&str; 3] = ["GET", "HEAD", "PUT"];

/// What a page must read of an answer: to complete an upload, to verify it, and to name a version.
const EXPOSED: [&str; 8] = [
    "ETag",
    "x-amz-version-id",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-request-id",
];
