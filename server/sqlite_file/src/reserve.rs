//! Deleting takes space first: SQLite writes what changes into its log before anything is freed. So a file beside the
//! database holds some, and is removed when the disk is about to be full.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rustix::{
    fs::{FallocateFlags, fallocate, statvfs},
    io::Errno,
};

use crate::is_full;

/// What the file holds. A log of SQLite is moved into the database at about 4 MiB.
const SIZE: u64 = 8 << 20;
/// With less than this available the disk counts as full. More than two databases on one disk give up together: or one
/// would take what the other gave up for room.
const LOW: u64 = 32 << 20;

/// How much room the disk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    Ample,
    /// Only for what frees some.
    Scarce,
}

/// The file that holds space, `NAME-reserve` beside the database `NAME`.
#[derive(Debug)]
pub struct Reserve {
    file: PathBuf,
    /// Whether the file is there.
    held: Mutex<bool>,
}

impl Reserve {
    /// Sets the space aside where there is room for it. Do so before the database is opened: that takes space too, which
    /// a full disk has by giving up what was set aside before.
    #[must_use]
    pub fn beside(database: &Path) -> Self {
        let mut name = database.as_os_str().to_owned();
        name.push("-reserve");
        let file = PathBuf::from(name);
        let held = std::fs::metadata(&file).is_ok_and(|found| found.len() == SIZE);
        let reserve = Self {
            file,
            held: Mutex::new(held),
        };
        reserve.space();
        reserve
    }

    /// Looks at the disk. Gives the reserve up when the disk is full, and sets it aside again once there is room.
    pub fn space(&self) -> Space {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // A disk that cannot be asked is taken to have room: what it refuses is answered then.
        let available = self.file.parent().map_or(u64::MAX, available);
        if *held && available >= LOW {
            return Space::Ample;
        }
        if *held {
            *held = false;
            self.give_up();
            return Space::Scarce;
        }
        if available < LOW + SIZE {
            return Space::Scarce;
        }
        match set_aside(&self.file) {
            Ok(()) => {
                *held = true;
                Space::Ample
            }
            Err(error) => {
                tracing::warn!(%error, file = %self.file.display(), "no space could be set aside for a full disk");
                // Part of it may have been written.
                let _ = std::fs::remove_file(&self.file);
                if is_full(&error) {
                    Space::Scarce
                } else {
                    Space::Ample
                }
            }
        }
    }

    /// Gives the reserve up because something could not be written for want of room, whatever the disk says itself:
    /// a quota is not seen by asking it.
    pub fn release(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *held) {
            self.give_up();
        }
    }

    fn give_up(&self) {
        tracing::error!(
            file = %self.file.display(),
            "the disk is full: the reserve is given up so that things can be deleted, and nothing else is written"
        );
        if let Err(error) = std::fs::remove_file(&self.file) {
            tracing::error!(%error, file = %self.file.display(), "the reserve could not be given up");
        }
    }
}

/// Bytes that this process may still write to the disk of `folder`.
#[must_use]
pub fn available(folder: &Path) -> u64 {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    statvfs(folder).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn set_aside(file: &Path) -> io::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?;
    match fallocate(&file, FallocateFlags::empty(), 0, SIZE) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => fill(file),
        Err(error) => Err(error.into()),
    }
}

/// Where space cannot be set aside it is written. The bytes differ, since some file systems keep equal ones in less.
fn fill(mut file: File) -> io::Result<()> {
    const CHUNK: usize = 1 << 16;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..SIZE / CHUNK as u64 {
        let chunk: Vec<u8> = std::iter::repeat_with(|| {
            // xorshift64
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .take(CHUNK / size_of::<u64>())
        .flatten()
        .collect();
        file.write_all(&chunk)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn space_is_really_taken_and_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("some.db");
        let file = folder.path().join("some.db-reserve");
        let blocks = |file: &Path| std::fs::metadata(file).unwrap().blocks() * 512;
        let reserve = Reserve::beside(&database);
        assert_eq!(reserve.space(), Space::Ample);
        assert!(blocks(&file) >= SIZE);
        reserve.release();
        assert!(!file.exists());
        // There is room, so it is taken again.
        assert_eq!(reserve.space(), Space::Ample);
        assert!(blocks(&file) >= SIZE);
        drop(reserve);
        assert!(file.exists(), "kept for the next start");
        assert_eq!(Reserve::beside(&database).space(), Space::Ample);
    }

    #[test]
    fn where_space_cannot_be_set_aside_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("written");
        fill(File::create(&path).unwrap()).unwrap();
        let found = std::fs::metadata(&path).unwrap();
        assert_eq!(found.len(), SIZE);
        assert!(found.blocks() * 512 >= SIZE);
    }
}
