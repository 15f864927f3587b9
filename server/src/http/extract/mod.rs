//! Extractors that refuse in the one error shape. A handler that takes these needs no check of its own.

mod body;
mod form;
mod json;
mod path;
mod query;
mod refusal;

pub(crate) use body::{body_of, came_too_slowly};
pub use form::Form;
pub use json::Json;
pub use path::Path;
pub use query::Query;

/// The largest JSON or form body, in bytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
