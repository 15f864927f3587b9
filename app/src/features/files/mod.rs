//! Objects and folders under the caller's prefix.

pub mod client;
pub mod components;
pub mod download;
pub mod folder;
pub mod model;
pub mod page;
pub mod part;
#[cfg(feature = "ssr")]
pub mod port;
pub mod restored;
pub mod search;
pub mod storage_address;
pub mod types;
pub mod undo;
