//! What happens to every request, around its handler.

pub(crate) mod client;
pub(super) mod csrf;
pub(super) mod denials;
pub(super) mod headers;
pub(super) mod host;
pub mod limits;
pub(crate) mod observe;
pub(super) mod panic;
pub(super) mod space;
pub(super) mod unsaved;
