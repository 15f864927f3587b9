//! How the clients are made, and what is done to a bucket as a whole.

use std::{sync::Arc, time::Duration};

use app::contract::BucketName;
use aws_config::{
    BehaviorVersion, environment::EnvironmentVariableRegionProvider, meta::region::RegionProviderChain,
    profile::ProfileFileRegionProvider,
};
use aws_sdk_s3::{
    Client,
    config::{
        Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::BuildError,
    operation::create_bucket::CreateBucketError,
    types::{
        BucketLocationConstraint, BucketVersioningStatus, CorsConfiguration, CorsRule,
        CreateBucketConfiguration, VersioningConfiguration,
    },
};
use aws_smithy_http_client::{
    Builder,
    tls::{self, TlsContext, TrustStore},
};
use secrecy::ExposeSecret;

use super::{
    Encodings, S3Config, S3Store,
    error::store_error,
    presign::{Expiries, Presigner},
    timeouts::{CONNECT, FIRST_BYTE},
};
use crate::platform::object_store::StoreError;

impl S3Store {
    /// Sets the clients up. Nothing is sent yet: whether storage answers, `probe` tells.
    pub async fn new(config: S3Config) -> Self {
        let mut http =
            Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring));
        if let Some(bundle) = &config.ca_bundle {
            let trusted = TrustStore::empty().with_pem_certificate(bundle.as_bytes());
            match TlsContext::builder().with_trust_store(trusted).build() {
                Ok(context) => http = http.tls_context(context),
                Err(error) => tracing::error!(%error, "AWS_CA_BUNDLE cannot be used"),
            }
        }
        let http = http.build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        if let Some(region) = &config.region {
            loader = loader.region(Region::new(region.clone()));
        } else if config.endpoint_url.is_some() {
            // The region of the machine, which the SDK would ask EC2 for, says nothing of a storage elsewhere.
            loader = loader.region(
                RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
                    .or_else(ProfileFileRegionProvider::new()),
            );
        }
        if let Some(credentials) = &config.credentials {
            loader = loader.credentials_provider(Credentials::new(
                credentials.access_key_id.clone(),
                credentials.secret_access_key.expose_secret(),
                None,
                None,
                "forepeak",
            ));
        }
        let shared = loader.load().await;
        let expiries = Expiries::default();
        let mut builder = aws_sdk_s3::config::Builder::from(&shared)
            .force_path_style(config.force_path_style)
            // Checksums are sent where we have them. Trailers that not every server understands are not.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenSupported)
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_initial_backoff(Duration::from_millis(100)),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT)
                    .read_timeout(FIRST_BYTE)
                    .build(),
            );
        if shared.region().is_none() {
            builder = builder.region(Region::from_static("us-east-1"));
        }
        if let Some(provider) = shared.credentials_provider() {
            builder = builder.credentials_provider(expiries.of(provider));
        }
        builder.set_endpoint_url(
            config
                .endpoint_url
                .or_else(|| shared.endpoint_url().map(str::to_owned)),
        );
        let presigner = match config.public_endpoint_url {
            Some(public) => builder.clone().endpoint_url(public),
            None => builder.clone(),
        };
        Self {
            client: Client::from_conf(builder.build()),
            presigner: Presigner::new(Client::from_conf(presigner.build()), expiries),
            encodings: Encodings::default(),
            conditional_writes: Arc::default(),
        }
    }
}

async fn check(client: &Client, bucket: &BucketName) -> Result<(), StoreError> {
    let found = client.head_bucket().bucket(bucket.as_str()).send().await;
    match found.map_err(store_error) {
        Ok(_) => Ok(()),
        Err(StoreError::NotFound) => Err(StoreError::NoSuchBucket),
        Err(error) => Err(error),
    }
}

/// Makes the bucket unless it is there, and lets it keep versions: undoing, restoring and the history of a folder
/// need them. A bucket that has objects already is left as its owner set it up.
pub(super) async fn ensure_bucket(client: &Client, bucket: &BucketName) -> Result<(), StoreError> {
    match check(client, bucket).await {
        Ok(()) => {}
        Err(StoreError::NoSuchBucket) => create_bucket(client, bucket).await?,
        Err(error) => return Err(error),
    }
    if is_new(client, bucket).await? {
        let enabled = VersioningConfiguration::builder()
            .status(BucketVersioningStatus::Enabled)
            .build();
        client
            .put_bucket_versioning()
            .bucket(bucket.as_str())
            .versioning_configuration(enabled)
            .send()
            .await
            .map_err(store_error)?;
    }
    Ok(())
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

async fn create_bucket(client: &Client, bucket: &BucketName) -> Result<(), StoreError> {
    // us-east-1 is the one region that may not be named.
    let location = client
        .config()
        .region()
        .map(Region::as_ref)
        .filter(|region| *region != "us-east-1")
        .map(|region| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region))
                .build()
        });
    let created = client
        .create_bucket()
        .bucket(bucket.as_str())
        .set_create_bucket_configuration(location)
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

/// Adds a rule unless there is one; rules that somebody else made stay.
pub(super) async fn allow_origins(
    client: &Client,
    bucket: &BucketName,
    origins: &[String],
) -> Result<(), StoreError> {
    let found = client.get_bucket_cors().bucket(bucket.as_str()).send().await;
    let mut rules = match found.map_err(store_error) {
        Ok(found) => found.cors_rules.unwrap_or_default(),
        Err(StoreError::NotFound) => Vec::new(),
        Err(error) => return Err(error),
    };
    if origins
        .iter()
        .all(|origin| rules.iter().any(|rule| lets_write(rule, origin)))
    {
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
    client
        .put_bucket_cors()
        .bucket(bucket.as_str())
        .cors_configuration(configuration)
        .send()
        .await
        .map_err(store_error)?;
    Ok(())
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
