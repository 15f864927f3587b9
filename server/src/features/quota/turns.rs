//! Whose turn it is to change what a holder has. All who do so wait for one row; whoever waited in the database would keep
//! a connection from others meanwhile, and SQLite does not let them in by their order.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use tokio::sync::{Mutex, MutexGuard};

use super::Holder;

/// Holders share them by chance.
const COUNT: usize = 64;

/// Of one replica: between replicas the row's lock decides. Cheap to clone.
#[derive(Clone)]
pub(super) struct Turns(Arc<[Mutex<()>; COUNT]>);

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new([const { Mutex::const_new(()) }; COUNT]))
    }

    /// Waits, without a connection, until those before are done. To be asked for before a transaction begins.
    pub(super) async fn take(&self, holder: Holder) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        holder.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % COUNT as u64).unwrap_or_default();
        self.0[place].lock().await
    }
}
