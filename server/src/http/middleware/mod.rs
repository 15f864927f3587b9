//! What happens to every request, around its handler.

pub(super) mod csrf;
pub(super) mod headers;
pub(crate) mod observe;
pub(super) mod panic;
