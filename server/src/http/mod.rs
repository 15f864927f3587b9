//! HTTP without any feature: what all handlers parse and answer with, and the middleware that concerns any request.

pub(crate) mod client;
pub mod compat;
pub mod conditional;
pub mod extract;
pub mod file_form;
pub(crate) mod headers;
pub(crate) mod host;
pub mod listen;
pub mod local_path;
pub(crate) mod observe;
pub mod page_request;
pub(crate) mod panic;
pub mod problem;
pub mod routes;
pub mod serving;
pub(crate) mod stored_headers;

pub use observe::RequestId;
