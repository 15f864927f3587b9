//! Accounts and sign-ins.

pub mod components;
pub mod page;
pub mod port;
pub mod types;
pub mod viewer;
