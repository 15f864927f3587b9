//! The chunk of jobs: what watches them, and the panel. It is part of the file that every page loads after hydration.

use leptos::prelude::*;

use super::{handle::Jobs, panel::Panel};
use crate::chunk::chunk;

chunk! {
    /// Starts to watch, and draws the panel.
    pub static JOBS: fn(Jobs) -> AnyView = uploads => |jobs| view! { <Panel jobs /> }.into_any();
}
