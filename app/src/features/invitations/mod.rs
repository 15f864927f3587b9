//! Invitations: accounts for people whom an admin knows.

#[cfg(feature = "ssr")]
pub mod pages;
pub mod types;
