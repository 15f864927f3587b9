//! Buckets of people's own, in the server's storage.

pub mod types;
