//! HTTP around the features: routing, the documents, the middleware, and what all handlers parse and answer with.

pub mod compat;
pub mod extract;
pub mod local_path;
pub mod openapi;
pub mod problem;
mod router;

pub use router::build;
