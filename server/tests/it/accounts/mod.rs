//! Registering, signing in, being recognised, signing out.

mod register;
mod session;
mod sign_in;
mod token;
