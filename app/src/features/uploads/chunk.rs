//! The chunk of uploads: engine, driver and panel.

use leptos::prelude::*;

use super::{handle::Uploads, panel::Panel};
use crate::chunk::chunk;

chunk! {
    /// Starts working for the user of that id, and draws the panel.
    pub static UPLOADS: fn(String, Uploads) -> AnyView = uploads => |user, uploads| view! { <Panel user uploads /> }.into_any();
}
