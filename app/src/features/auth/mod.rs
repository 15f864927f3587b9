//! Accounts and sign-ins.

pub mod port;
pub mod types;
