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

use super::Platform;

/// For how long after a write was refused the disk counts as full. The disk of PostgreSQL, or of storage, cannot be
/// asked.
const REMEMBERED_SECONDS: i64 = 30;
/// Uploads through the server wait in `DATA_DIR`.
const LOW: u64 = 32 << 20;

/// Cheap to clone.
#[derive(Clone)]
pub struct Disk {
    platform: Platform,
    data_dir: PathBuf,
    /// When a write was refused for want of room, in Unix seconds.
    refused_at: Arc<AtomicI64>,
}

impl Disk {
    #[must_use]
    pub fn new(platform: Platform, data_dir: PathBuf) -> Self {
        Self {
            platform,
            data_dir,
            refused_at: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// Of the database, as far as this program can see it.
    #[must_use]
    pub fn space(&self) -> Space {
        self.platform.db.space()
    }

    /// Something could not be written for want of room.
    pub fn refused(&self) {
        self.platform.db.release_reserve();
        self.refused_at.store(self.platform.now(), Ordering::Relaxed);
    }

    /// Whether any of the disks is full, or was a moment ago.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let refused_at = self.refused_at.load(Ordering::Relaxed);
        let since = self.platform.now().saturating_sub(refused_at);
        self.space() == Space::Scarce || available(&self.data_dir) < LOW || since < REMEMBERED_SECONDS
    }
}
