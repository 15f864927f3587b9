//! Registering, signing in, being recognised, signing out.

mod confirm;
mod register;
mod session;
pub(crate) mod sign_in;
mod token;

pub(crate) use sign_in::replica;
