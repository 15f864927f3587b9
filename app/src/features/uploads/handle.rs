//! What other features hold of uploads: hand files in, hear what arrived. The work itself is done by a part of the
//! program that comes on demand; what it is told before it is there waits for it.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use leptos::{prelude::*, web_sys};

use super::held::Held;
use crate::contract::BucketName;

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
pub struct NewObject {
    pub key: String,
    /// Bytes.
    pub size: u64,
}

/// The page's uploads. Given by context; goes on whatever page is shown.
#[derive(Clone, Copy, Debug)]
pub struct Uploads {
    arrived: RwSignal<Vec<NewObject>>,
    wanted: RwSignal<bool>,
}

/// Called once, by the app.
pub fn provide_uploads() {
    provide_context(Uploads {
        arrived: RwSignal::new(Vec::new()),
        wanted: RwSignal::new(false),
    });
}

/// # Panics
/// Outside the app.
#[must_use]
pub fn use_uploads() -> Uploads {
    expect_context()
}

/// Who does what [`Uploads`] is asked for.
pub(super) trait Worker {
    fn pick(self: Rc<Self>, folder: bool, target: Target);
    fn take(self: Rc<Self>, held: Held, target: Target);
}

type Wish = Box<dyn FnOnce(Rc<dyn Worker>)>;

// What works is bound to the browser's one thread, so it cannot stand in the context.
thread_local! {
    static WORKER: OnceCell<Rc<dyn Worker>> = const { OnceCell::new() };
    static WISHES: RefCell<Vec<Wish>> = const { RefCell::new(Vec::new()) };
}

impl Uploads {
    /// Opens the browser's dialog for files. To be called from a click.
    pub fn pick_files(self, target: Target) {
        self.ask(move |worker| worker.pick(false, target));
    }

    /// Opens the browser's dialog for a folder. To be called from a click.
    pub fn pick_folder(self, target: Target) {
        self.ask(move |worker| worker.pick(true, target));
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
            // The browser empties the transfer when its event is over.
            let held = Held::of(transfer);
            self.ask(move |worker| worker.take(held, target));
        }
    }

    /// The objects that arrived since the signal last changed.
    #[must_use]
    pub fn arrived(self) -> Signal<Vec<NewObject>> {
        self.arrived.into()
    }

    /// Rises when somebody wants what is not there yet.
    pub(super) fn wanted(self) -> Signal<bool> {
        self.wanted.into()
    }

    pub(super) fn announce_arrivals(self, arrived: Vec<NewObject>) {
        self.arrived.set(arrived);
    }

    fn ask(self, wish: impl FnOnce(Rc<dyn Worker>) + 'static) {
        match WORKER.with(|worker| worker.get().cloned()) {
            Some(worker) => wish(worker),
            None => {
                WISHES.with(|wishes| wishes.borrow_mut().push(Box::new(wish)));
                self.wanted.set(true);
            }
        }
    }
}

/// Sets the page's worker, once, and hands it what has been waiting.
pub(super) fn employ(worker: &Rc<impl Worker + 'static>) {
    WORKER.with(|place| {
        let _ = place.set(worker.clone());
    });
    for wish in WISHES.with(RefCell::take) {
        wish(worker.clone());
    }
}

/// Whether a drag or a paste brings files rather than text or something of this page.
#[must_use]
pub fn holds_files(transfer: &web_sys::DataTransfer) -> bool {
    transfer.types().includes(&"Files".into(), 0)
}
