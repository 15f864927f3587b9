//! Jobs: work that outlives a request, durable on our own database.
//!
//! - A job is queued in the transaction of what it belongs to: it runs if that happens, and only then.
//! - A replica runs a job under a lease of [`LEASE_SECONDS`], which it renews. Every write names the lease: who has lost
//!   it can write nothing, and stops. Another replica then goes on from the last checkpoint.
//! - A checkpoint writes cursor, progress and failures in one transaction. What was done after it is done again by
//!   whoever takes over, so a step must be one that can be repeated without harm.
//! - A kind that this replica does not know is left for those that do.
//!
//! A feature queues with [`Queue`]; its [`Handler`], given to a [`Worker`], does the work.

mod handler;
mod job;
mod lease;
mod repo;
mod running;
mod service;
mod worker;

pub use handler::{Backoff, Handler};
pub use job::{JobError, JobFailure, NewJob, Outcome, Progress, Stop};
pub use lease::LEASE_SECONDS;
pub use running::RunningJob;
pub use service::{EnqueueError, MAX_OPEN_JOBS, Queue};
pub use worker::{Lane, Worker};
