//! The audit log, as admins read it.

#[cfg(feature = "ssr")]
pub mod pages;
pub mod types;
