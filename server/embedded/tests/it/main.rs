//! The store over real HTTP: one conformance suite against it and SeaweedFS, and what only it promises.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken expectation is a failed test"
)]

mod access;
mod browsers;
mod conformance;
mod crash;
mod forms;
mod housekeeping;
mod large_uploads;
mod listening;
mod listing;
mod races;
mod support;
mod unoffered;
mod unreadable_rows;
mod version2;
mod version4;
