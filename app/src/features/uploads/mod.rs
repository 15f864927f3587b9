//! Uploads: bytes go straight from the browser to storage; the server plans, signs and completes.

pub mod engine;
pub mod types;
