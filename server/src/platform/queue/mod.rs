//! A durable queue of jobs, work that outlives a request, in the program's database.
//!
//! - A job is queued in the transaction that it belongs to, so it runs only if that transaction commits.
//! - A replica runs a job under a lease of [`LEASE_SECONDS`], which it renews. Every write names the lease: a replica
//!   that has lost it writes nothing and stops, and another one goes on from the last checkpoint.
//! - A checkpoint writes cursor, progress and failures in one transaction. Work after the last checkpoint is repeated
//!   by the replica that takes over, so every step must be repeatable without harm.
//! - A replica leaves jobs of a kind that it does not know to those that do.
//!
//! A feature queues jobs with [`Queue`]; its [`Handler`], given to a [`Worker`], does the work.

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
