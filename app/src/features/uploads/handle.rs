//! The uploads as other features see them: they hand files in and get the objects that were uploaded. The work is done
//! by a chunk that is loaded on demand; calls that come before it is loaded wait for it.

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

/// An object that was made just now.
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

/// Carries out the calls of [`Uploads`].
pub(super) trait UploadHandler {
    fn pick(self: Rc<Self>, folder: bool, target: Target);
    fn take(self: Rc<Self>, held: Held, target: Target);
}

type Pending = Box<dyn FnOnce(Rc<dyn UploadHandler>)>;

// The handler is bound to the browser's one thread, so it cannot be given by context.
thread_local! {
    static HANDLER: OnceCell<Rc<dyn UploadHandler>> = const { OnceCell::new() };
    static PENDING: RefCell<Vec<Pending>> = const { RefCell::new(Vec::new()) };
}

impl Uploads {
    /// Opens the browser's dialog for files. To be called from a click.
    pub fn pick_files(self, target: Target) {
        self.ask(move |handler| handler.pick(false, target));
    }

    /// Opens the browser's dialog for a folder. To be called from a click.
    pub fn pick_folder(self, target: Target) {
        self.ask(move |handler| handler.pick(true, target));
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
            self.ask(move |handler| handler.take(held, target));
        }
    }

    /// The objects that arrived since the signal last changed.
    #[must_use]
    pub fn arrived(self) -> Signal<Vec<NewObject>> {
        self.arrived.into()
    }

    /// True once a call waits for the handler.
    pub(super) fn wanted(self) -> Signal<bool> {
        self.wanted.into()
    }

    pub(super) fn announce_arrivals(self, arrived: Vec<NewObject>) {
        self.arrived.set(arrived);
    }

    fn ask(self, act: impl FnOnce(Rc<dyn UploadHandler>) + 'static) {
        match HANDLER.with(|handler| handler.get().cloned()) {
            Some(handler) => act(handler),
            None => {
                PENDING.with(|pending| pending.borrow_mut().push(Box::new(act)));
                self.wanted.set(true);
            }
        }
    }
}

/// Whether the page has a handler already.
pub(super) fn is_registered() -> bool {
    HANDLER.with(|handler| handler.get().is_some())
}

/// Sets the page's handler, once, and runs the waiting calls.
pub(super) fn register(handler: &Rc<impl UploadHandler + 'static>) {
    HANDLER.with(|registered| {
        let _ = registered.set(handler.clone());
    });
    for act in PENDING.with(RefCell::take) {
        act(handler.clone());
    }
}

/// Whether a drag or a paste brings files rather than text or something of this page.
#[must_use]
pub fn holds_files(transfer: &web_sys::DataTransfer) -> bool {
    transfer.types().includes(&"Files".into(), 0)
}
