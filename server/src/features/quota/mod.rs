//! How much storage somebody takes, and that it is no more than they may.
//!
//! - Whatever adds bytes to storage reserves them first: what is used and what is reserved are never more than the quota
//!   together, however many requests ask at once, on however many replicas. The holder's row is locked for that.
//! - A reservation ends once, settled with what was stored. One whose end nobody told us of is looked up in storage.
//! - What is used is counted along, and counted anew in storage every day.

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
