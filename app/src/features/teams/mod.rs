//! Teams: people who share a folder, each with a role.

#[cfg(feature = "ssr")]
pub mod pages;
pub mod types;
