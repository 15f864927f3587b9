//! Lets a download finish although its object was deleted meanwhile.
//!
//! Readers hold a pin on the present generation. Retiring files closes the generation and gives it
//! the files; they go when the last pin on it, or on an older one, is dropped. Generations form a
//! chain from old to new, so a younger one cannot end before its elders.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

#[derive(Debug, Default)]
struct Generation {
    files: Mutex<Vec<PathBuf>>,
    next: OnceLock<Arc<Generation>>,
}

impl Drop for Generation {
    fn drop(&mut self) {
        let files = std::mem::take(self.files.get_mut().unwrap_or_else(PoisonError::into_inner));
        if !files.is_empty() {
            unlink(files);
        }
        // A long chain must not end in as deep a recursion.
        let mut next = self.next.take();
        while let Some(generation) = next.and_then(Arc::into_inner) {
            let mut generation = generation;
            next = generation.next.take();
        }
    }
}

/// Held while reading.
#[derive(Debug, Clone)]
pub(crate) struct Pin {
    _generation: Arc<Generation>,
}

#[derive(Debug, Default)]
pub(super) struct Gate {
    present: Mutex<Arc<Generation>>,
}

impl Gate {
    pub(super) fn pin(&self) -> Pin {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        Pin {
            _generation: present.clone(),
        }
    }

    pub(super) fn retire(&self, files: Vec<PathBuf>) {
        let fresh = Arc::new(Generation::default());
        let closed = {
            let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *present, fresh.clone())
        };
        closed
            .files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(files);
        let _ = closed.next.set(fresh);
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

    #[test]
    fn files_outlive_every_pin_taken_before_their_retirement() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, name).unwrap();
            path
        };
        let (a, b) = (file("a"), file("b"));
        let gate = Gate::default();
        let eldest = gate.pin();
        gate.retire(vec![a.clone()]);
        let younger = gate.pin();
        gate.retire(vec![b.clone()]);
        drop(younger);
        assert!(a.exists() && b.exists(), "the eldest may read both");
        drop(eldest);
        assert!(!a.exists() && !b.exists());
    }

    #[test]
    fn nothing_waits_when_nobody_reads() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "a").unwrap();
        let gate = Gate::default();
        gate.retire(vec![path.clone()]);
        assert!(!path.exists());
    }

    #[test]
    fn a_long_chain_ends_without_recursion() {
        let gate = Gate::default();
        let eldest = gate.pin();
        for _ in 0..200_000 {
            gate.retire(Vec::new());
        }
        drop(eldest);
    }
}
