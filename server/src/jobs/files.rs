//! Copies, moves and deletions of objects and folders, and undoing them: `features/files/changes` does the work.

use std::sync::Arc;

use crate::{platform::queue::Handler, state::AppState};

/// One for each kind of job.
pub fn handlers(state: &AppState) -> Vec<Arc<dyn Handler>> {
    state.changes.handlers()
}
