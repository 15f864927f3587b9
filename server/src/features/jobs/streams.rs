//! Counts open event streams, and ends all of them at a shutdown.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::contract::UserId;
use tokio_util::sync::CancellationToken;

/// The most event streams of one person on one replica: each asks the database every second.
pub const MAX_STREAMS: usize = 10;

/// Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Streams {
    open: Arc<Mutex<HashMap<UserId, usize>>>,
    /// Set when the replica shuts down.
    closing: CancellationToken,
}

impl Streams {
    /// `None` when this person has too many already.
    pub(super) fn open(&self, owner: UserId) -> Option<OpenStream> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(owner).or_default();
        if *count >= MAX_STREAMS {
            return None;
        }
        *count += 1;
        Some(OpenStream {
            streams: self.clone(),
            owner,
        })
    }

    pub(super) fn close_all(&self) {
        self.closing.cancel();
    }
}

/// Counts as an open stream until it is dropped.
pub(super) struct OpenStream {
    streams: Streams,
    owner: UserId,
}

impl OpenStream {
    /// Resolves when the stream must end.
    pub(super) async fn closed(&self) {
        self.streams.closing.cancelled().await;
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.owner);
            }
        }
    }
}
