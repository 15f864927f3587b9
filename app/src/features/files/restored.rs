//! Restored files and folders, announced to the folder that is open.

use leptos::prelude::*;

use super::types::ObjectEntry;

/// Given by context; lives as long as the page.
#[derive(Clone, Copy)]
pub struct Restored(RwSignal<Vec<ObjectEntry>>);

/// Called once, by the app.
pub fn provide_restored() {
    provide_context(Restored(RwSignal::new(Vec::new())));
}

/// # Panics
/// Outside the app.
#[must_use]
pub fn use_restored() -> Restored {
    expect_context()
}

impl Restored {
    /// The rows of the last restoration: files, and whole folders.
    pub fn rows(self) -> Signal<Vec<ObjectEntry>> {
        self.0.into()
    }

    pub(super) fn announce(self, rows: Vec<ObjectEntry>) {
        self.0.set(rows);
    }
}
