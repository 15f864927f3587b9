//! What a drop or a paste brings, held on to beyond its event: the browser empties the transfer when that is over.

use js_sys::{Function, Promise, Reflect};
use leptos::web_sys::{DataTransfer, DataTransferItem, File, FileSystemEntry};
use wasm_bindgen::JsCast;

pub struct Held(pub(super) Vec<HeldItem>);

/// One file or folder, in all the forms that the browser offers it in.
pub(super) struct HeldItem {
    pub(super) entry: Option<FileSystemEntry>,
    pub(super) file: Option<File>,
    /// Of a `FileSystemHandle`.
    pub(super) handle: Option<Promise>,
}

impl Held {
    #[must_use]
    pub fn of(transfer: &DataTransfer) -> Self {
        let items = transfer.items();
        let items = (0..items.length()).filter_map(|index| items.get(index));
        Self(
            items
                .filter(|item| item.kind() == "file")
                .map(|item| HeldItem::of(&item))
                .collect(),
        )
    }
}

impl HeldItem {
    fn of(item: &DataTransferItem) -> Self {
        let handle = Reflect::get(item, &"getAsFileSystemHandle".into())
            .ok()
            .and_then(|method| method.dyn_into::<Function>().ok())
            .and_then(|method| method.call0(item).ok())
            .and_then(|promise| promise.dyn_into::<Promise>().ok());
        Self {
            entry: item.webkit_get_as_entry().ok().flatten(),
            file: item.get_as_file().ok().flatten(),
            handle,
        }
    }
}
