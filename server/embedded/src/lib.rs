//! The embedded S3 store: a whole object store in one folder and one listening socket.
//!
//! Objects, versions, multipart uploads, tags, checksums, presigned URLs and CORS, spoken over HTTP by
//! [`s3s`]; metadata in SQLite, bytes in files. It knows access keys with grants, and no users.
//!
//! What is acknowledged is on disk, whole, whatever happens next. See the crate's `README.md` for
//! every promise and the test that holds it.

mod blobs;
mod clock;
mod config;
mod cors;
mod http;
mod keys;
mod meta;
mod protocol;
mod random;
mod service;

use std::fs::File;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlite_file::Reserve;
use thiserror::Error;
use time::OffsetDateTime;
use tokio::net::TcpListener;

pub use clock::{Clock, SystemClock};
pub use config::{Config, CorsDefault};
pub use keys::{AccessKey, BucketPattern, Grant, KeyError, KeyStatus, KeyTable, NewKey, Permission};
pub use listener::{Ended, Limits};
pub use meta::{MetaError, Refusal};

use blobs::Blobs;
use clock::to_millis;
use meta::Meta;

/// Why a store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder cannot be made, read or made private.
    #[error("the data folder {path} cannot be used")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process has the folder open.
    #[error("the data folder {path} is in use by another process")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The root key cannot be read or made. It is never replaced silently.
    #[error("the root key in {path} cannot be used")]
    RootKey {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The metadata cannot be opened, or the rubbish not swept.
    #[error("the metadata cannot be used")]
    Metadata(#[from] MetaError),
}

/// An open store. Cheap to clone; all clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    keys: Arc<KeyTable>,
    meta: Meta,
    blobs: Arc<Blobs>,
    /// Held as long as the store is open.
    _lock: File,
}

impl Store {
    /// Opens the folder, or makes it; removes what a crash left behind.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let path = config.data_dir.clone();
        let folder = |source| OpenError::Folder {
            path: path.clone(),
            source,
        };
        let lock = prepare(&path).map_err(folder)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(OpenError::InUse { path }),
            Err(std::fs::TryLockError::Error(source)) => return Err(folder(source)),
        }
        let root =
            keys::root::load_or_create(&path, config.clock.now()).map_err(|source| OpenError::RootKey {
                path: path.clone(),
                source,
            })?;
        let database = path.join("meta.db");
        let reserve = Arc::new(Reserve::beside(&database));
        let blobs = Arc::new(Blobs::open(path.join("blobs"), Arc::clone(&reserve)).map_err(folder)?);
        let meta = Meta::open(&database, blobs.clone(), reserve).await?;
        meta.clear_what_ended().await;
        blobs::sweep(&blobs, &meta).await?;
        let keys = Arc::new(KeyTable::load(meta.clone(), config.clock.clone(), Arc::new(root)).await?);
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                keys,
                meta,
                blobs,
                _lock: lock,
            }),
        })
    }

    /// The keys that may call, the root key apart.
    pub fn keys(&self) -> &KeyTable {
        &self.inner.keys
    }

    /// The key that may do everything. Made at first start and kept in `root-key.json` (mode 0600).
    pub fn root_key(&self) -> &AccessKey {
        self.inner.keys.root()
    }

    /// The limits of a listener that strangers can reach.
    pub fn limits() -> Limits {
        http::limits()
    }

    /// Answers requests until `shutdown` resolves, then lets those under way finish. The store stays open, and may
    /// be served on several sockets.
    pub async fn serve(
        &self,
        socket: TcpListener,
        limits: Limits,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Ended {
        http::serve(self, socket, limits, shutdown).await
    }

    /// Aborts the uploads begun before `older_than`, frees their parts, and answers how many.
    pub async fn reap_uploads(&self, older_than: OffsetDateTime) -> Result<u64, MetaError> {
        self.inner.meta.reap_uploads(to_millis(older_than)).await
    }

    /// Lets writes under way finish and closes the metadata; later requests fail. Safe to leave out:
    /// a store that is merely dropped, or killed, loses nothing that it acknowledged.
    pub async fn close(self) {
        self.inner.meta.close().await;
    }
}

/// Makes the folder, private to its owner, and opens its lock file.
fn prepare(path: &Path) -> io::Result<File> {
    if path.is_dir() {
        let mode = std::fs::metadata(path)?.permissions().mode();
        if mode & 0o077 != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
        }
    } else {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)?;
    }
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.join("lock"))
}
