//! The SQL of administration.

pub(super) mod setup;
pub(super) mod stats;
pub(super) mod users;
