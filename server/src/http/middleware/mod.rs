//! What happens to every request, around its handler.

pub(super) mod csrf;
pub(super) mod headers;
pub(super) mod observe;
pub(super) mod panic;
