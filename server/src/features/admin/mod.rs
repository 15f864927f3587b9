//! Running the place: who has an account, what they may do, how much they may keep, and who was first.

mod api;
mod authority;
mod error;
mod extract;
mod pages;
mod repo;
pub mod service;

pub use api::router;
pub use authority::Authority;
pub use error::AdminError;
pub use extract::Admin;
pub use pages::{AdminPage, gib, pages};
