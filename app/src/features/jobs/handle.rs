//! The jobs as other features use them: a feature hands in a job that it has queued, and is called when the job has
//! ended. The chunk that watches jobs is loaded on demand; jobs that are handed in before wait for it.

use std::sync::Arc;

use leptos::prelude::*;

use super::types::Job;
use crate::contract::JobId;

/// Called once, with the ended job. The page may show something else by then.
pub type OnEnd = Arc<dyn Fn(&Job) + Send + Sync>;

/// A job that this page has queued.
#[derive(Clone)]
pub struct Started {
    pub id: JobId,
    /// `Move “a.txt” to “Photos”`
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

    /// Shows the jobs of the last days, from where they can be undone.
    pub fn show_history(self) {
        self.history.update(|asked| *asked += 1);
    }

    /// The latest ended jobs without an [`OnEnd`]: those of another page or window, and those of the panel.
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
