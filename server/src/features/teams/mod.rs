//! People who share a folder: which teams there are, who is in them and as what. What a role opens in storage is decided
//! in `scopes`, which asks for the memberships of a person at each request and each step of a job.

mod api;
mod error;
mod pages;
mod repo;
pub mod service;

pub use api::router;
pub use error::TeamError;
pub use pages::pages;
