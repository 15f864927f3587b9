//! Jobs as their owner sees them: the list, one job, a stream of changes, and cancelling.
//!
//! Other features define what jobs do, and `platform/queue` runs them. A person sees all of their own jobs, and so does
//! an API key that reaches all of its owner's files. A key that reaches one folder sees only the jobs that it has
//! begun, because the failures of other jobs name keys outside that folder.

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
