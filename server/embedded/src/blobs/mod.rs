//! Bytes: one file per blob, written once, never changed.
//!
//! Blobs are numbered in the order of writing, 4,096 to a directory, so that writes of the same
//! moment share a directory and its fsync. A file that no slice refers to is rubbish, wherever it
//! came from; [`sweep`] removes it at start.

mod digest;
mod pins;
mod read;
mod sweep;
mod write;

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sqlite_file::Reserve;

pub(crate) use digest::{Algorithm, Digester, Digests, combine_crc};
pub(crate) use pins::Pin;
pub(crate) use read::{Piece, read, slice};
pub(crate) use sweep::sweep;
pub(crate) use write::{WriteError, Written};

/// The number of a blob; its file's name follows from it.
pub(crate) type BlobId = i64;

/// Blobs per directory, as a power of two.
const SHARD_BITS: u32 = 12;

/// The folder of blobs.
#[derive(Debug)]
pub(crate) struct Blobs {
    root: PathBuf,
    next: AtomicI64,
    /// Directories with names that may not be on disk yet.
    dirty: Mutex<BTreeSet<PathBuf>>,
    pins: pins::Pins,
    /// That of the metadata, on the same disk.
    reserve: Arc<Reserve>,
}

impl Blobs {
    /// Opens or creates the folder. [`sweep`] must run before the first write.
    pub(crate) fn open(root: PathBuf, reserve: Arc<Reserve>) -> io::Result<Self> {
        std::fs::create_dir_all(&root)?;
        Ok(Self {
            root,
            next: AtomicI64::new(1),
            dirty: Mutex::new(BTreeSet::new()),
            pins: pins::Pins::default(),
            reserve,
        })
    }

    fn shard(&self, blob: BlobId) -> PathBuf {
        self.root.join(format!("{:010x}", blob >> SHARD_BITS))
    }

    fn path(&self, blob: BlobId) -> PathBuf {
        self.shard(blob)
            .join(format!("{:03x}", blob & ((1 << SHARD_BITS) - 1)))
    }

    /// Makes the file of the next blob. Blocks.
    fn create(self: &Arc<Self>) -> io::Result<(BlobGuard, File)> {
        let blob = self.next.fetch_add(1, Ordering::Relaxed);
        let shard = self.shard(blob);
        let path = self.path(blob);
        let open = || File::options().write(true).create_new(true).open(&path);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(&shard)?;
                self.mark_dirty(self.root.clone());
                open()?
            }
            other => other?,
        };
        self.mark_dirty(shard);
        Ok((
            BlobGuard {
                blob,
                blobs: Some(self.clone()),
            },
            file,
        ))
    }

    fn mark_dirty(&self, directory: PathBuf) {
        self.dirty
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(directory);
    }

    /// Puts the names of all files made so far on disk.
    pub(crate) async fn sync_directories(&self) -> io::Result<()> {
        let dirty = std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner));
        if dirty.is_empty() {
            return Ok(());
        }
        let attempt = dirty.clone();
        let outcome = blocking(move || {
            attempt
                .iter()
                .try_for_each(|directory| File::open(directory)?.sync_all())
        })
        .await;
        if outcome.is_err() {
            self.dirty
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(dirty);
        }
        outcome
    }

    /// Keeps the files that metadata names at this moment until the pin is dropped. Take it before reading the
    /// metadata, and give it to [`read`], which keeps those alone that it reads.
    pub(crate) fn pin(&self) -> Pin {
        self.pins.pin()
    }

    /// Removes files that no committed metadata names, once nobody can be about to read them.
    pub(crate) fn free(&self, blobs: Vec<BlobId>) {
        if blobs.is_empty() {
            return;
        }
        let freed = |blob| pins::Freed {
            blob,
            file: self.path(blob),
        };
        self.pins.free(blobs.into_iter().map(freed).collect());
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn start_from(&self, next: BlobId) {
        self.next.store(next, Ordering::Relaxed);
    }
}

/// A blob that no metadata names yet. Dropped, it takes its file along.
#[derive(Debug)]
pub(crate) struct BlobGuard {
    blob: BlobId,
    blobs: Option<Arc<Blobs>>,
}

impl BlobGuard {
    pub(crate) fn id(&self) -> BlobId {
        self.blob
    }

    /// Metadata names the blob now.
    pub(crate) fn keep(mut self) {
        self.blobs = None;
    }
}

impl Drop for BlobGuard {
    fn drop(&mut self) {
        if let Some(blobs) = self.blobs.take() {
            pins::unlink(vec![blobs.path(self.blob)]);
        }
    }
}

/// Runs file work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(io::Error::other(error)),
    }
}
