//! Between the driver and the panel: the panel shows what the driver draws here, and sends its commands here.

use leptos::prelude::*;

use super::{engine::Event, snapshot::Snapshot};

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

/// What the panel asks of the driver.
pub(super) enum Command {
    /// For the engine.
    Event(Box<Event>),
    /// Go on with the unfinished upload of this id.
    GoOn(String),
    /// Throw the unfinished upload of this id away.
    Discard(String),
}

/// Given by context to the panel.
#[derive(Clone, Copy)]
pub struct Board {
    commands: StoredValue<UnsyncCallback<Command>, LocalStorage>,
    snapshot: RwSignal<Snapshot>,
    unfinished: RwSignal<Vec<Unfinished>>,
}

/// Called once, by the panel.
pub(super) fn provide_board() -> Board {
    let board = Board {
        commands: StoredValue::new_local(UnsyncCallback::new(|_| ())),
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

    /// Sends the panel's commands to `run`.
    pub(super) fn connect(self, run: impl Fn(Command) + 'static) {
        self.commands.set_value(UnsyncCallback::new(run));
    }

    fn send(self, command: Command) {
        self.commands.with_value(|commands| commands.run(command));
    }

    pub(super) fn command(self, event: Event) {
        self.send(Command::Event(Box::new(event)));
    }

    pub(super) fn go_on(self, upload_id: &str) {
        self.send(Command::GoOn(upload_id.to_owned()));
    }

    pub(super) fn discard(self, upload_id: &str) {
        self.send(Command::Discard(upload_id.to_owned()));
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
