//! Objects and folders under the caller's prefix.

#[cfg(feature = "ssr")]
pub mod port;
pub mod types;
