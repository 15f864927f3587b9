//! The jobs as other features see them: they hand in a job that they have queued, and are called when it has ended. A
//! chunk that is loaded on demand watches the jobs; what is handed in before it is loaded waits for it.

use std::sync::Arc;

use leptos::prelude::*;

use super::types::Job;
use crate::contract::JobId;

/// Called once, with the job as it ended. The page may show something else by then.
pub type OnEnd = Arc<dyn Fn(&Job) + Send + Sync>;

/// A job that this page has queued.
#[derive(Clone)]
pub struct Started {
    pub id: JobId,
    /// What is done to what: `Move “a.txt” to “Photos”`.
    pub title: String,
    pub on_end: OnEnd,
}

/// Given by context; lives as long as the page.
#[derive(Clone, Copy)]
pub struct Jobs {
    started: RwSignal<Vec<Started>>,
    others: RwSignal<Vec<Job>>,
    history: RwSignal<u32>,
}

/// Called once, by the app.
pub fn provide_jobs() {
    provide_context(Jobs {
        started: RwSignal::new(Vec::new()),
        others: RwSignal::new(Vec::new()),
        history: RwSignal::new(0),
    });
}

/// # Panics
/// Outside the app.
#[must_use]
pub fn use_jobs() -> Jobs {
    expect_context()
}

impl Jobs {
    pub fn follow(self, started: Started) {
        self.started.update(|waiting| waiting.push(started));
    }

    /// Shows what ran within the last days, and can be undone.
    pub fn show_history(self) {
        self.history.update(|asked| *asked += 1);
    }

    /// The jobs that ended last and have no [`OnEnd`]: begun before the page was loaded, in another window, or by the
    /// panel.
    #[must_use]
    pub fn others(self) -> Signal<Vec<Job>> {
        self.others.into()
    }

    /// How often the history was asked for.
    pub(super) fn history(self) -> Signal<u32> {
        self.history.into()
    }

    /// Whether a job waits to be watched.
    pub(super) fn any_started(self) -> bool {
        self.started.with(|waiting| !waiting.is_empty())
    }

    pub(super) fn take_started(self) -> Vec<Started> {
        self.started
            .try_update_untracked(std::mem::take)
            .unwrap_or_default()
    }

    pub(super) fn announce(self, ended: Vec<Job>) {
        self.others.set(ended);
    }
}
