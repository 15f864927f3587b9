//! What other features hold of uploads: hand files in, hear what arrived.

use leptos::{prelude::*, web_sys};

use super::{
    driver::{self, PickedFile},
    engine::Event,
    snapshot::Snapshot,
};
use crate::{contract::BucketName, features::auth::viewer::use_viewer, ui::toast::use_toasts};

/// Where files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A whole prefix (`users/<uuid>/a/`), empty or ending in `/`.
    pub prefix: String,
    /// The home bucket unless given.
    pub bucket: Option<BucketName>,
}

impl Target {
    /// A folder of the home bucket.
    #[must_use]
    pub fn home(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            bucket: None,
        }
    }
}

/// An object that has just come to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub key: String,
    /// Bytes.
    pub size: u64,
}

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

/// The page's uploads. Given by context; goes on whatever page is shown.
#[derive(Clone, Copy, Debug)]
pub struct Uploads {
    snapshot: RwSignal<Snapshot>,
    unfinished: RwSignal<Vec<Unfinished>>,
    arrived: RwSignal<Vec<Arrived>>,
}

/// Called once, by the app. Starts working in the browser, for somebody who is signed in.
pub fn provide_uploads() {
    let uploads = Uploads {
        snapshot: RwSignal::new(Snapshot::default()),
        unfinished: RwSignal::new(Vec::new()),
        arrived: RwSignal::new(Vec::new()),
    };
    provide_context(uploads);
    if let Some(viewer) = use_viewer() {
        let toasts = use_toasts();
        // Effects run in the browser only.
        Effect::new(move |_| driver::start(viewer.id.to_string(), uploads, toasts));
    }
}

/// # Panics
/// Outside the app.
#[must_use]
pub fn use_uploads() -> Uploads {
    expect_context()
}

impl Uploads {
    pub fn add_files(self, target: &Target, files: Vec<PickedFile>) {
        driver::with(|driver| driver.add(target, files));
    }

    /// Opens the browser's dialog for files. To be called from a click.
    pub fn pick_files(self, target: Target) {
        driver::with(|driver| driver.pick(false, target));
    }

    /// Opens the browser's dialog for a folder. To be called from a click.
    pub fn pick_folder(self, target: Target) {
        driver::with(|driver| driver.pick(true, target));
    }

    /// Takes what is dropped: files and whole folders.
    pub fn on_drop(self, event: &web_sys::DragEvent, target: Target) {
        if let Some(transfer) = event.data_transfer() {
            self.take(event, &transfer, target);
        }
    }

    /// Takes pasted files; leaves pasted text alone.
    pub fn on_paste(self, event: &web_sys::ClipboardEvent, target: Target) {
        if let Some(transfer) = event.clipboard_data() {
            self.take(event, &transfer, target);
        }
    }

    fn take(self, event: &web_sys::Event, transfer: &web_sys::DataTransfer, target: Target) {
        if holds_files(transfer) {
            event.prevent_default();
            driver::with(|driver| driver.take(transfer, target));
        }
    }

    /// The objects that arrived since the signal last changed.
    #[must_use]
    pub fn arrived(self) -> Signal<Vec<Arrived>> {
        self.arrived.into()
    }

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

    pub(super) fn announce_arrivals(self, arrived: Vec<Arrived>) {
        self.arrived.set(arrived);
    }
}

/// Whether a drag or a paste brings files rather than text or something of this page.
#[must_use]
pub fn holds_files(transfer: &web_sys::DataTransfer) -> bool {
    transfer.types().includes(&"Files".into(), 0)
}
