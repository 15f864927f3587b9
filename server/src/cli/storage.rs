//! Starts the embedded store where it is asked for, and makes storage ready for browsers.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use embedded::{Limits, Store};
use listener::{ConnectionLimits, Ended};
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
    pub serving: Option<JoinHandle<()>>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error("EMBEDDED_S3_ADDR: cannot listen on {addr}")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("the embedded store cannot listen on a port of 127.0.0.1 for this program")]
    OwnSocket(#[source] io::Error),
    #[error("the embedded store cannot be opened")]
    Open(#[from] embedded::OpenError),
    #[error("the embedded store has no bucket")]
    Bucket(#[from] server::platform::object_store::StoreError),
}

/// `connections` are those that a listener has room for.
pub(super) async fn start(
    config: &Config,
    connections: usize,
    shutdown: Shutdown,
) -> Result<Storage, StartError> {
    match &config.storage.kind {
        StorageKind::Embedded {
            addr,
            public_endpoint,
        } => embedded_store(config, *addr, public_endpoint.as_str(), connections, shutdown).await,
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
    connections: usize,
    shutdown: Shutdown,
) -> Result<Storage, StartError> {
    let socket = TcpListener::bind(addr)
        .await
        .map_err(|source| StartError::Listen { addr, source })?;
    let (own_socket, own_addr) = own_socket().await.map_err(StartError::OwnSocket)?;
    let store = Store::open(embedded::Config {
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
    let (limits, own_limits) = limits(config, connections);
    let serving = tokio::spawn(async move {
        let ended = tokio::join!(
            store.serve(socket, limits, shutdown.clone().wait()),
            store.serve(own_socket, own_limits, shutdown.wait()),
        );
        if ended != (Ended::Drained, Ended::Drained) {
            tracing::warn!("requests to the embedded store were still under way; they were cut off");
        }
    });
    let client = S3Store::new(S3Config {
        endpoint_url: Some(format!("http://{own_addr}")),
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

/// A socket of the embedded store for this program alone, on a port that the system chooses. So however many
/// connections strangers have, and however slow these are, the program's own find a place.
async fn own_socket() -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = socket.local_addr()?;
    Ok((socket, addr))
}

/// Those of the store's public socket, and those of the program's own. There the pace is the business of the site's
/// listener: the program reads from storage as slowly as its client reads from it.
fn limits(config: &Config, connections: usize) -> (Limits, Limits) {
    let defaults = Store::limits();
    let total = defaults.connections.total.min(connections);
    let public = Limits {
        connections: ConnectionLimits {
            total,
            per_network: defaults.connections.per_network,
            trusted_proxies: config.limits.trusted_proxies.clone(),
        },
        ..defaults
    };
    let own = Limits {
        name: "store, own",
        connections: ConnectionLimits {
            total,
            per_network: total,
            trusted_proxies: Vec::new(),
        },
        request_pace: None,
        response_pace: None,
        ..Store::limits()
    };
    (public, own)
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
