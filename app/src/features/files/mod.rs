//! Objects and folders under the caller's prefix.

pub mod changes;
pub mod chunks;
pub mod client;
pub mod components;
mod detector;
pub mod download;
pub mod effects;
pub mod folder;
pub mod here;
pub mod model;
pub mod page;
#[cfg(feature = "ssr")]
pub mod port;
pub mod queued;
mod save;
pub mod search;
pub mod storage_address;
pub mod types;
pub mod types_archive;
pub mod types_history;
pub mod types_stored;
