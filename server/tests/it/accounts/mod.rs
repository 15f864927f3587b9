//! Registering, signing in, being recognised, signing out.

mod api_keys;
mod confirm;
mod devices;
mod keys;
mod pages;
mod password;
mod profile;
mod races;
mod refresh;
mod register;
mod session;
pub(crate) mod sign_in;
mod token;

pub(crate) use sign_in::{replica, replica_on};
