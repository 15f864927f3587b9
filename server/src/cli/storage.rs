//! Starts the embedded store where it is asked for, and makes storage ready for browsers.

use std::{io, net::SocketAddr};

use secrecy::SecretString;
use server::{
    config::{Config, S3Endpoint, StorageKind},
    platform::object_store::{ObjectStore, S3Config, S3Credentials, S3Store},
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::shutdown::Shutdown;

/// Storage that answers, and the embedded store's task when it is ours.
pub(super) struct Storage {
    pub store: S3Store,
    pub serving: Option<JoinHandle<io::Result<()>>>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error("EMBEDDED_S3_ADDR: cannot listen on {addr}")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("the embedded store cannot be opened")]
    Open(#[from] embedded::OpenError),
    #[error("the embedded store has no bucket")]
    Bucket(#[from] server::platform::object_store::StoreError),
}

pub(super) async fn start(config: &Config, shutdown: Shutdown) -> Result<Storage, StartError> {
    match &config.storage.kind {
        StorageKind::Embedded {
            addr,
            public_endpoint,
        } => embedded_store(config, *addr, public_endpoint.as_str(), shutdown).await,
        StorageKind::S3(s3) => Ok(Storage {
            store: remote(config, s3).await,
            serving: None,
        }),
    }
}

async fn embedded_store(
    config: &Config,
    addr: SocketAddr,
    public_endpoint: &str,
    shutdown: Shutdown,
) -> Result<Storage, StartError> {
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|source| StartError::Listen { addr, source })?;
    let addr = listener
        .local_addr()
        .map_err(|source| StartError::Listen { addr, source })?;
    let store = embedded::Store::open(embedded::Config {
        cors: embedded::CorsDefault {
            allowed_origins: config.site.origins(),
            max_age_seconds: 3600,
        },
        ..embedded::Config::new(config.site.data_dir.join("objects"))
    })
    .await?;
    let root = store.root_key();
    let credentials = S3Credentials {
        access_key_id: root.access_key_id.clone(),
        secret_access_key: SecretString::clone(&root.secret),
    };
    let serving = tokio::spawn(async move { store.serve(listener, shutdown.wait()).await });
    let client = S3Store::new(S3Config {
        endpoint_url: Some(format!("http://{addr}")),
        public_endpoint_url: Some(public_endpoint.trim_end_matches('/').to_owned()),
        region: Some("us-east-1".to_owned()),
        force_path_style: true,
        credentials: Some(credentials),
    })
    .await;
    client.ensure_bucket(&config.storage.bucket).await?;
    Ok(Storage {
        store: client,
        serving: Some(serving),
    })
}

/// Storage that is not ours may be away at the moment, or not let us change it. Both are said, and neither keeps
/// the program from starting: `/ready` tells when it answers.
async fn remote(config: &Config, s3: &S3Endpoint) -> S3Store {
    let text = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
    let client = S3Store::new(S3Config {
        endpoint_url: s3.endpoint.as_ref().map(text),
        public_endpoint_url: s3.public_endpoint.as_ref().map(text),
        region: s3.region.clone(),
        force_path_style: s3.path_style,
        credentials: None,
    })
    .await;
    let bucket = &config.storage.bucket;
    if let Err(error) = client.ensure_bucket(bucket).await {
        tracing::warn!(%bucket, %error, "the bucket cannot be reached or made");
        return client;
    }
    let origins = config.site.origins();
    if let Err(error) = client.allow_origins(bucket, &origins).await {
        tracing::warn!(
            %bucket, ?origins, %error,
            "the bucket's CORS rules could not be set: unless they allow these origins, browsers cannot upload"
        );
    }
    client
}
