//! HTTP around the features: routing, the documents, the middleware, and what all handlers parse and answer with.

pub mod compat;
pub mod conditional;
mod docs;
pub mod extract;
pub mod listen;
pub mod local_path;
pub(crate) mod middleware;
mod openapi;
mod operations;
pub mod pages;
pub mod problem;
mod router;

pub use middleware::{limits, observe::RequestId};
pub use router::{build, openapi};
