//! What the server-rendered pages of all features share: the list of their routes, how a handler answers with a page,
//! and the document around it.

mod list;
mod refused;
mod render;
mod reply;

pub use list::{Audience, PageRoute, Pages};
pub use refused::{Refused, ShowsRefused};
pub use render::{PKG, render};
pub use reply::{Reply, to_sign_in};
