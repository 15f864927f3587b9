//! How the clients are made.

use std::{sync::Arc, time::Duration};

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
};
use aws_smithy_http_client::{
    Builder,
    tls::{self, TlsContext, TrustStore},
};
use secrecy::ExposeSecret;

use super::{
    Encodings, S3Config, S3Store, Unsupported,
    presign::{Expiries, Presigner},
    regions::Regions,
    timeouts::{CONNECT, FIRST_BYTE},
};
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
            lists_in_order: Arc::default(),
            unsupported: Unsupported::default(),
            tried_in: None,
            regions: Regions::default(),
        }
    }
}
