//! Accounts and sign-ins.

pub mod components;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod port;
pub mod strength;
pub mod types;
pub mod types_sessions;
pub mod viewer;
