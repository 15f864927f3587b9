//! The part that comes on demand: engine, driver and panel.

use leptos::prelude::*;

use super::{handle::Uploads, panel::Panel};
use crate::deferred::part;

part! {
    /// Starts working for the user of that id, and draws the panel.
    pub static UPLOADS: fn(String, Uploads) -> AnyView = uploads => |user, uploads| view! { <Panel user uploads /> }.into_any();
}
