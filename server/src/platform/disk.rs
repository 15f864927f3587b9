//! Whether what is written here finds room: the database's disk, and that of `DATA_DIR`.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use sqlite_file::available;
pub use sqlite_file::{Condition, Space};

use super::{clock::Clock, database::Database};

/// For how long after a write was refused the disk counts as full. The disk of PostgreSQL, or of storage, cannot be
/// asked.
const REMEMBERED_SECONDS: i64 = 30;
/// Uploads through the server wait in `DATA_DIR`.
const LOW: u64 = 32 << 20;

/// Cheap to clone.
#[derive(Clone)]
pub struct Disk {
    database: Database,
    data_dir: PathBuf,
    clock: Arc<dyn Clock>,
    /// When a write was refused for want of room, in Unix seconds.
    refused_at: Arc<AtomicI64>,
}

impl Disk {
    #[must_use]
    pub fn new(database: Database, data_dir: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self {
            database,
            data_dir,
            clock,
            refused_at: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// Of the database, as far as this program can see it.
    #[must_use]
    pub fn space(&self) -> Space {
        self.database.space()
    }

    /// Something could not be written for want of room.
    pub fn refused(&self) {
        self.database.release_reserve();
        self.refused_at
            .store(self.clock.now().unix_timestamp(), Ordering::Relaxed);
    }

    /// Whether any of the disks is full, or was a moment ago.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let refused_at = self.refused_at.load(Ordering::Relaxed);
        let since = self.clock.now().unix_timestamp().saturating_sub(refused_at);
        self.space() == Space::Scarce || available(&self.data_dir) < LOW || since < REMEMBERED_SECONDS
    }
}
