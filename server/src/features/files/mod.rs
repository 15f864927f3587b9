//! Objects and folders under the caller's prefix: listed, read, written through the server, deleted, found.

mod about;
pub mod api;
mod areas;
pub mod changes;
pub mod error;
pub mod history;
mod in_parts;
mod job_failure;
pub mod port;
mod repo;
pub mod retention;
pub mod service;
mod undo_offer;
mod zip;
