//! Lets a download finish although its object was deleted meanwhile.
//!
//! Which blobs a download reads is known only once its metadata has been looked up, and they may be freed between the
//! look-up and the first read. So there are two kinds of pins:
//!
//! - A [`Pin`] is held while metadata is looked up, and keeps every file that was there when it was taken. It holds the
//!   present generation; freeing files closes the generation and gives it the files. Generations form a chain from old
//!   to new, so a younger one cannot end before its elders.
//! - A [`BlobPin`] keeps one blob while it is read, however long that takes. When a generation ends, the files of
//!   pinned blobs stay until their last reader has gone.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::BlobId;

/// The file of a blob that nothing refers to any more.
#[derive(Debug)]
pub(super) struct Freed {
    pub(super) blob: BlobId,
    pub(super) file: PathBuf,
}

#[derive(Debug, Default)]
pub(super) struct Pins {
    present: Mutex<Arc<Generation>>,
    readers: Arc<Readers>,
}

impl Pins {
    pub(super) fn pin(&self) -> Pin {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        Pin {
            _generation: present.clone(),
            readers: self.readers.clone(),
        }
    }

    /// Removes the files as soon as nobody can be about to read them.
    pub(super) fn free(&self, files: Vec<Freed>) {
        let fresh = Arc::new(Generation::default());
        let closed = {
            let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *present, fresh.clone())
        };
        let _ = closed.freed.set((files, self.readers.clone()));
        let _ = closed.next.set(fresh);
    }
}

#[derive(Debug, Default)]
struct Generation {
    freed: OnceLock<(Vec<Freed>, Arc<Readers>)>,
    next: OnceLock<Arc<Generation>>,
}

impl Drop for Generation {
    fn drop(&mut self) {
        if let Some((files, readers)) = self.freed.take() {
            readers.remove_unread(files);
        }
        // A long chain must not end in as deep a recursion.
        let mut next = self.next.take();
        while let Some(generation) = next.and_then(Arc::into_inner) {
            let mut generation = generation;
            next = generation.next.take();
        }
    }
}

/// Held while metadata is looked up.
#[derive(Debug, Clone)]
pub(crate) struct Pin {
    _generation: Arc<Generation>,
    readers: Arc<Readers>,
}

impl Pin {
    /// Keeps one of the blobs that were looked up.
    pub(super) fn blob(&self, blob: BlobId) -> BlobPin {
        self.readers
            .with(|blobs| blobs.entry(blob).or_default().count += 1);
        BlobPin {
            blob,
            readers: self.readers.clone(),
        }
    }
}

/// Held while a blob is read.
#[derive(Debug)]
pub(super) struct BlobPin {
    blob: BlobId,
    readers: Arc<Readers>,
}

impl Drop for BlobPin {
    fn drop(&mut self) {
        let freed = self.readers.with(|blobs| {
            let read = blobs.get_mut(&self.blob)?;
            read.count -= 1;
            if read.count > 0 {
                return None;
            }
            blobs.remove(&self.blob)?.freed
        });
        if let Some(file) = freed {
            unlink(vec![file]);
        }
    }
}

/// The blobs that are being read.
#[derive(Debug, Default)]
struct Readers(Mutex<HashMap<BlobId, Read>>);

#[derive(Debug, Default)]
struct Read {
    count: usize,
    /// The last reader removes it.
    freed: Option<PathBuf>,
}

impl Readers {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<BlobId, Read>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn remove_unread(&self, files: Vec<Freed>) {
        let unread: Vec<PathBuf> = self.with(|blobs| {
            let left_to_readers = |freed: Freed| match blobs.get_mut(&freed.blob) {
                Some(read) => {
                    read.freed = Some(freed.file);
                    None
                }
                None => Some(freed.file),
            };
            files.into_iter().filter_map(left_to_readers).collect()
        });
        if !unread.is_empty() {
            unlink(unread);
        }
    }
}

/// Removes files; on a thread for such work when there is a runtime. What cannot be removed is left
/// to the sweep at the next start.
pub(super) fn unlink(files: Vec<PathBuf>) {
    let work = move || {
        for file in files {
            if let Err(error) = std::fs::remove_file(&file)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(%error, file = %file.display(), "a blob could not be removed");
            }
        }
    };
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn file(&self, blob: BlobId) -> PathBuf {
            self.0.path().join(blob.to_string())
        }

        /// Makes the file of a blob and frees it at once.
        fn free(&self, pins: &Pins, blob: BlobId) {
            let file = self.file(blob);
            std::fs::write(&file, "bytes").unwrap();
            pins.free(vec![Freed { blob, file }]);
        }

        fn has(&self, blob: BlobId) -> bool {
            self.file(blob).exists()
        }
    }

    #[test]
    fn files_outlive_every_look_up_that_began_before_they_were_freed() {
        let (folder, pins) = (Folder::new(), Pins::default());
        let eldest = pins.pin();
        folder.free(&pins, 1);
        let younger = pins.pin();
        folder.free(&pins, 2);
        drop(younger);
        assert!(folder.has(1) && folder.has(2), "the eldest may read both");
        drop(eldest);
        assert!(!folder.has(1) && !folder.has(2));
    }

    #[test]
    fn nothing_waits_when_nobody_reads() {
        let (folder, pins) = (Folder::new(), Pins::default());
        folder.free(&pins, 1);
        assert!(!folder.has(1));
    }

    #[test]
    fn security_47_a_reader_keeps_its_own_blob_and_no_other() {
        let (folder, pins) = (Folder::new(), Pins::default());
        let look_up = pins.pin();
        let (reader, other) = (look_up.blob(1), look_up.blob(1));
        drop(look_up);
        folder.free(&pins, 1);
        folder.free(&pins, 2);
        assert!(folder.has(1) && !folder.has(2));
        drop(reader);
        assert!(folder.has(1), "somebody else reads it still");
        drop(other);
        assert!(!folder.has(1));
        assert!(pins.readers.with(|blobs| blobs.is_empty()));
    }

    #[test]
    fn a_blob_that_is_read_to_its_end_before_it_is_freed_goes_with_the_look_ups() {
        let (folder, pins) = (Folder::new(), Pins::default());
        let look_up = pins.pin();
        drop(look_up.blob(1));
        folder.free(&pins, 1);
        assert!(folder.has(1));
        drop(look_up);
        assert!(!folder.has(1));
    }

    #[test]
    fn a_long_chain_ends_without_recursion() {
        let pins = Pins::default();
        let eldest = pins.pin();
        for _ in 0..200_000 {
            pins.free(Vec::new());
        }
        drop(eldest);
    }
}
