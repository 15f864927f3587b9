//! Jobs as their owner sees them: a list, one job, a stream of what changes, and an end to one.
//!
//! What they do is the affair of other features; `platform/queue` runs them. A person sees all of their own, and so does
//! an API key that reaches all of its owner's files. A key that reaches a folder sees what it has begun itself: the
//! failures of other jobs name keys outside that folder.

mod api;
mod error;
mod repo;
mod service;
mod streams;
mod watch;

pub use api::router;
pub use error::JobsError;
pub use service::Jobs;
pub use streams::MAX_STREAMS;
