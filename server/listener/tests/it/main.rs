//! Tests over real sockets: the bounds on what clients can take up.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken expectation is a failed test"
)]

mod bodies;
mod connections;
mod draining;
mod early_answers;
mod heads;
mod support;
