//! Drives the whole router in process, against real databases and real storage.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say so and stop"
)]
#![recursion_limit = "512"]

mod accounts;
mod admin;
mod archives;
mod buckets;
mod canary;
mod files;
mod http;
mod incomplete_answers;
mod isolation;
mod jobs;
mod limits;
mod mail;
mod process;
mod promises;
mod quota;
mod routes;
mod scopes;
mod seaweedfs;
mod seeds;
mod support;
mod teams;
mod unreadable_rows;
mod uploads;
