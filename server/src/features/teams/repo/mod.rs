//! The SQL of teams and their members. What changes either holds the team's row first.

pub(super) mod members;
pub(super) mod teams;
