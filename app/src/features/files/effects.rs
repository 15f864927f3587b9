//! Effects of jobs and dialogs on storage, announced to the folder that is open by then.

use leptos::prelude::*;

use super::types::ObjectEntry;

/// The changes that a folder on screen takes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileEffect {
    /// Keys, and prefixes of whole folders, that were removed.
    pub removed: Vec<String>,
    /// Files and whole folders that were added.
    pub added: Vec<ObjectEntry>,
    /// Folders that have to be read again.
    pub changed: Vec<String>,
}

/// Given by context; lives as long as the page.
#[derive(Clone, Copy)]
pub struct FileEffects(RwSignal<Vec<FileEffect>>);

/// Called once, by the app.
pub fn provide_effects() {
    provide_context(FileEffects(RwSignal::new(Vec::new())));
}

/// # Panics
/// Outside the app.
#[must_use]
pub fn use_effects() -> FileEffects {
    expect_context()
}

impl FileEffect {
    #[must_use]
    pub fn changed(prefixes: impl IntoIterator<Item = String>) -> Self {
        Self {
            changed: prefixes.into_iter().collect(),
            ..Self::default()
        }
    }
}

impl FileEffects {
    pub fn announce(self, effect: FileEffect) {
        self.0.update(|waiting| waiting.push(effect));
    }

    /// Notifies a reactive effect of each announcement, and leaves the effects to the folder.
    pub fn track(self) {
        self.0.track();
    }

    /// Takes all announced effects. A reactive effect that calls this runs again at the next announcement.
    pub fn take(self) -> Vec<FileEffect> {
        self.0.track();
        self.0.try_update_untracked(std::mem::take).unwrap_or_default()
    }
}
