//! The chunk of jobs: their feed and their panel. It is part of the file that every page loads after hydration.

use leptos::prelude::*;

use super::{handle::Jobs, panel::Panel};
use crate::chunk::chunk;

chunk! {
    /// Starts the feed, and draws the panel.
    pub static JOBS: fn(Jobs) -> AnyView = uploads => |jobs| view! { <Panel jobs /> }.into_any();
}
