//! Queues of requests that change the same holder. All of them need the lock on one row. A request that waited for it
//! in the database would occupy a connection meanwhile, and SQLite does not keep the order of those who wait.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use tokio::sync::{Mutex, MutexGuard};

use super::Holder;

/// How many queues there are; several holders may share one.
const COUNT: usize = 64;

/// The queues of one replica; between replicas the row's lock decides. Cheap to clone.
#[derive(Clone)]
pub(super) struct Turns(Arc<[Mutex<()>; COUNT]>);

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new([const { Mutex::const_new(()) }; COUNT]))
    }

    /// Waits, without a connection, for the requests before. To be called before a transaction begins.
    pub(super) async fn take(&self, holder: Holder) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        holder.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % COUNT as u64).unwrap_or_default();
        self.0[place].lock().await
    }
}
