//! Invitations: whoever holds the secret of one may open an account, once, in time, with the role that an admin chose.

mod api;
mod error;
mod pages;
mod repo;
mod service;

pub use api::router;
pub use error::InvitationError;
pub use pages::pages;
pub use repo::Accepted;
pub use service::Invitations;
