//! Registering, signing in, being recognised, signing out.

mod confirm;
mod register;
mod session;
mod sign_in;
mod token;
