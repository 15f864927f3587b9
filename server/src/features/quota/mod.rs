//! Quotas: how many bytes of storage each holder has, and may have.
//!
//! - Whatever adds bytes to storage reserves them first. Each reservation locks the holder's row, so that used and
//!   reserved bytes together never exceed the quota, whatever the number of parallel requests and replicas.
//! - A reservation ends once, settled with the bytes that were stored. If nobody reports its end, storage is asked.
//! - The used bytes are kept up to date with each change, and a job counts them anew in storage every day.

mod count;
mod ending;
mod error;
mod holder;
mod ledger;
mod look;
mod refusals;
mod repo;
mod reserve;
mod service;
mod settle;
mod turns;

pub use count::Counting;
pub use ending::FreedObject;
pub use error::{Exceeded, QuotaError};
pub use holder::Holder;
pub use ledger::Change;
pub(crate) use refusals::OverQuota;
pub use reserve::{By, Granted, Reservation, UploadOf, WantedWrite};
pub use service::{Quotas, StorageUse};
pub use settle::{Settled, Settler};
