//! Buckets of people's own, in the server's storage. One belongs to whoever made it, by a row that was there before the
//! bucket: a bucket that storage has already is never taken over. No route reaches the home bucket.

pub mod api;
mod error;
mod pages;
pub mod registry;
mod repo;
pub mod service;

pub use error::BucketError;
pub use pages::pages;
pub use registry::Registry;
pub use service::Buckets;
