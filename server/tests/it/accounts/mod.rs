//! Registering, signing in, being recognised, signing out.

mod sign_in;
