//! Starts the embedded store where it is asked for, and looks whether storage is what it should be.

use std::net::{Ipv4Addr, SocketAddr};

use embedded::{Limits, Store};
use listener::{ConnectionLimits, Ended};
use secrecy::SecretString;
use server::{
    config::{Config, S3Endpoint, StorageKind},
    jobs,
    platform::error_text::in_one_line,
    platform::object_store::{Cors, ProbeError, S3Config, S3Credentials, S3Store, StorageSetup},
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{fault::Fault, shutdown::Shutdown};

/// A client of storage, and the embedded store's task when it is ours.
pub(super) struct Storage {
    pub store: S3Store,
    pub serving: Option<JoinHandle<()>>,
}

pub(super) async fn listen(variable: &'static str, addr: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(addr).await.map_err(|error| {
        Fault::new(
            variable,
            format!("cannot listen on {addr}: {error}"),
            "Name an address of this machine and a free port; is Forepeak running already?",
        )
    })
}

/// `connections` are those that a listener has room for.
pub(super) async fn start(config: &Config, connections: usize, shutdown: Shutdown) -> Result<Storage, Fault> {
    match &config.storage.kind {
        StorageKind::Embedded {
            addr,
            public_endpoint,
        } => embedded_store(config, *addr, public_endpoint.as_str(), connections, shutdown).await,
        StorageKind::S3(s3) => Ok(Storage {
            store: remote(s3).await,
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
) -> Result<Storage, Fault> {
    let socket = listen("EMBEDDED_S3_ADDR", addr).await?;
    let (own_socket, own_addr) = own_socket().await?;
    let folder = config.site.data_dir.join("objects");
    let store = Store::open(embedded::Config {
        cors: embedded::CorsDefault {
            allowed_origins: config.site.origins(),
            max_age_seconds: 3600,
        },
        ..embedded::Config::new(&folder)
    })
    .await
    .map_err(|error| {
        Fault::new(
            "DATA_DIR",
            format!("the embedded store cannot be opened: {}", in_one_line(&error)),
            "Let one Forepeak at a time use the folder, as a user that may write there; restore a backup if it is damaged.",
        )
    })?;
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
        ca_bundle: None,
    })
    .await;
    Ok(Storage {
        store: client,
        serving: Some(serving),
    })
}

/// A socket of the embedded store for this program alone, on a port that the system chooses. So however many
/// connections strangers have, and however slow these are, the program's own find a place.
async fn own_socket() -> Result<(TcpListener, SocketAddr), Fault> {
    let socket = listen("EMBEDDED_S3_ADDR", (Ipv4Addr::LOCALHOST, 0).into()).await?;
    let addr = socket
        .local_addr()
        .map_err(|error| Fault::new("EMBEDDED_S3_ADDR", error.to_string(), "Name another address."))?;
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

async fn remote(s3: &S3Endpoint) -> S3Store {
    let text = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
    S3Store::new(S3Config {
        endpoint_url: s3.endpoint.as_ref().map(text),
        public_endpoint_url: s3.public_endpoint.as_ref().map(text),
        region: s3.region.clone(),
        force_path_style: s3.path_style,
        credentials: None,
        ca_bundle: s3.ca_bundle.clone(),
    })
    .await
}

/// Sets storage up, and answers whether that worked. If storage is away or does not let us change its CORS rules, the
/// log says so, and a job tries again. An error that only another configuration can mend ends the start.
pub(super) async fn prepare(config: &Config, setup: &StorageSetup) -> Result<bool, Fault> {
    match setup.attempt().await {
        Ok(probe) => {
            if probe.has_wrong_clock() {
                jobs::storage::warn(&ProbeError::Clock);
            }
            if let Cors::NotSet(why) = setup.cors() {
                tracing::warn!(
                    "S3_BUCKET: the CORS rules of the bucket could not be set: {why}. Until they allow {}, browsers \
                     cannot upload; allow GET, HEAD and PUT with all headers, and expose ETag.",
                    config.site.origins().join(" and ")
                );
                return Ok(false);
            }
            Ok(true)
        }
        Err(error) if error.may_pass() => {
            jobs::storage::warn(&error);
            Ok(false)
        }
        Err(error) => Err(refused(config, &error)),
    }
}

fn refused(config: &Config, error: &ProbeError) -> Fault {
    let bucket = &config.storage.bucket;
    match (&config.storage.kind, error) {
        (StorageKind::Embedded { .. }, ProbeError::NoSuchBucket) => Fault::new(
            "DATA_DIR or S3_BUCKET",
            format!(
                "the store under {} has no bucket {bucket}, but there are accounts",
                config.site.data_dir.display()
            ),
            "Correct the variable, or restore the folder `objects`: with an empty bucket all files would seem lost. If an \
             empty one is meant: forepeak make-bucket",
        ),
        _ => Fault::new(
            error.variable(),
            format!("{error} (bucket {bucket} at {})", endpoint(config)),
            error.mend(),
        ),
    }
}

fn endpoint(config: &Config) -> String {
    match &config.storage.kind {
        StorageKind::Embedded { addr, .. } => addr.to_string(),
        StorageKind::S3(s3) => s3.endpoint.as_ref().map_or("AWS".to_owned(), ToString::to_string),
    }
}
