//! Between the driver and the panel: what is shown, and what is commanded.

use leptos::prelude::*;

use super::{driver, engine::Event, snapshot::Snapshot};

/// An upload that an earlier page left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub upload_id: String,
    pub name: String,
    pub size: u64,
    /// Bytes that storage has; absent until it was asked.
    pub stored: Option<u64>,
    /// The browser kept the file's handle: going on takes a permission instead of a search for the file.
    pub can_reopen: bool,
}

/// Given by context to the panel.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    snapshot: RwSignal<Snapshot>,
    unfinished: RwSignal<Vec<Unfinished>>,
}

/// Called once, by the panel.
pub(super) fn provide_board() -> Board {
    let board = Board {
        snapshot: RwSignal::new(Snapshot::default()),
        unfinished: RwSignal::new(Vec::new()),
    };
    provide_context(board);
    board
}

/// # Panics
/// Outside the panel.
#[must_use]
pub fn use_board() -> Board {
    expect_context()
}

impl Board {
    #[must_use]
    pub fn snapshot(self) -> Signal<Snapshot> {
        self.snapshot.into()
    }

    #[must_use]
    pub fn unfinished(self) -> Signal<Vec<Unfinished>> {
        self.unfinished.into()
    }

    pub(super) fn command(self, event: Event) {
        driver::with(|driver| driver.tell(event));
    }

    pub(super) fn go_on(self, upload_id: &str) {
        driver::with(|driver| driver.go_on(upload_id));
    }

    pub(super) fn discard(self, upload_id: &str) {
        driver::with(|driver| driver.discard(upload_id));
    }

    pub(super) fn draw(self, snapshot: Snapshot, unfinished: Vec<Unfinished>) {
        if self.snapshot.with_untracked(|shown| *shown != snapshot) {
            self.snapshot.set(snapshot);
        }
        if self.unfinished.with_untracked(|shown| *shown != unfinished) {
            self.unfinished.set(unfinished);
        }
    }
}
