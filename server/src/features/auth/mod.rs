//! Accounts, sign-ins and tokens: who is calling, and how that was proved.

mod api;
pub mod codes;
pub mod development;
mod device;
pub mod error;
mod extract;
pub mod pages;
pub mod principal;
mod repo;
pub mod service;
pub mod session;
mod username;

pub use api::router;
pub use extract::{AnyCaller, CanRead, CanReadWrite, CanWrite, Visitor};
pub(crate) use extract::{recognise, speaks_by_token};
pub use username::Username;
