//! Buckets of people's own, in the server's storage.

#[cfg(feature = "ssr")]
pub mod pages;
pub mod types;
