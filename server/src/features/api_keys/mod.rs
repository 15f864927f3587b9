//! Keys for scripts. A key is 256 random bits, kept as a digest; it does with files what its scopes say, inside its
//! prefix, as long as its owner may; and nothing with the account: there, a person signs in.

mod api;
pub mod error;
mod pages;
mod repo;
pub mod service;

pub use api::router;
pub use pages::pages;
pub(in crate::features) use repo::delete_all;

/// The most keys that one user may have.
const MAX_KEYS: i64 = 100;
