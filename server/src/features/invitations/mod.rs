//! Invitations: whoever holds the secret of one may open an account, once, in time, with the role that an admin chose.

mod api;
mod error;
mod repo;
mod service;

pub use api::router;
pub use error::InvitationError;
pub use service::{Accepted, Invitations};
