//! Invitations: accounts for people whom an admin knows.

pub mod types;
