//! Accounts and sign-ins.

pub mod components;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod port;
pub mod strength;
pub mod types;
pub mod types_password;
pub mod types_profile;
pub mod types_registration;
pub mod types_sessions;
pub mod types_setup;
pub mod viewer;
