//! What a request may reach, and with which store. This is the one place that decides it, for REST, pages and
//! background jobs: a [`UserKey`](app::contract::UserKey), a [`ListedKey`](app::contract::ListedKey) or a
//! [`UserPrefix`](app::contract::UserPrefix) of a caller is made by a [`Scope`] and nowhere else.

mod access;
mod error;
mod grant;
mod refusals;
mod scope;
mod service;

pub use access::Access;
pub use error::ScopeError;
pub use grant::Grant;
pub(crate) use refusals::Refusals;
pub use scope::Scope;
pub use service::{Named, Owner, Scopes};
