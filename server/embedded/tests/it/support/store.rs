//! The embedded store on a free port.

use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use embedded::{AccessKey, Clock, Config, CorsDefault, Limits, Store};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::raw::RawClient;

/// A clock that moves when told to.
#[derive(Debug, Clone)]
pub(crate) struct HandClock(Arc<Mutex<OffsetDateTime>>);

impl Clock for HandClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

impl HandClock {
    pub(crate) fn advance(&self, by: time::Duration) {
        *self.0.lock().unwrap() += by;
    }
}

/// A running store; it stops when dropped.
pub(crate) struct Running {
    pub(crate) store: Store,
    pub(crate) endpoint: String,
    pub(crate) clock: HandClock,
    _stop: oneshot::Sender<()>,
    dir: TempDir,
}

pub(crate) const ORIGIN: &str = "http://app.test:8000";

impl Running {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_as(change, Store::limits()).await
    }

    pub(crate) async fn start_as(change: impl FnOnce(&mut Config), limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = HandClock(Arc::new(Mutex::new(
            time::macros::datetime!(2026-01-02 03:04:05 UTC),
        )));
        let mut config = Config::new(dir.path().join("store"));
        config.clock = Arc::new(clock.clone());
        config.cors = CorsDefault {
            allowed_origins: vec![ORIGIN.to_owned()],
            max_age_seconds: 600,
        };
        change(&mut config);
        let store = Store::open(config).await.unwrap();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", socket.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = store.clone();
        tokio::spawn(async move {
            serving
                .serve(socket, limits, async {
                    let _ = stopped.await;
                })
                .await;
        });
        Self {
            store,
            endpoint,
            clock,
            _stop: stop,
            dir,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn root(&self) -> Client {
        self.client(self.store.root_key())
    }

    pub(crate) fn client(&self, key: &AccessKey) -> Client {
        super::client(
            &self.endpoint,
            &key.access_key_id,
            key.secret.expose_secret(),
            key.session_token
                .as_ref()
                .map(secrecy::ExposeSecret::expose_secret),
        )
    }

    /// Requests that no SDK would make, by the root key.
    pub(crate) fn raw(&self) -> RawClient {
        let root = self.store.root_key();
        RawClient::new(&self.endpoint, &root.access_key_id, root.secret.expose_secret())
    }

    /// The files that hold bytes.
    pub(crate) fn blobs(&self) -> usize {
        count_files(&self.folder().join("store/blobs"))
    }
}

pub(crate) fn count_files(folder: &Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}
