//! The handlers of jobs on objects and folders; `features/files` does the work.

use std::sync::Arc;

use crate::{platform::queue::Handler, state::AppState};

/// One for each kind of job.
pub fn handlers(state: &AppState) -> Vec<Arc<dyn Handler>> {
    state.changes.handlers()
}
