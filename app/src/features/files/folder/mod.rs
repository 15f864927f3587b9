//! One open folder in the browser: its entries, the selection, and what is under way. Each folder has its own value,
//! which ends with the folder's page.

mod entries;
mod loading;
mod navigation;

pub use loading::LoadState;

use leptos::prelude::*;

use super::{
    model::{address::Address, entry::EntryId, listing::Listing, selection::Selection, transfer::Transfer},
    types::ObjectPage,
};
use crate::{features::auth::viewer::may_write, navigation::Navigator};

/// The dialog that is open over the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    NewFolder,
    Delete(Vec<EntryId>),
    Rename(EntryId),
    Transfer(Transfer, Vec<EntryId>),
}

#[derive(Clone, Copy)]
pub struct Folder {
    pub listing: RwSignal<Listing>,
    pub selection: RwSignal<Selection>,
    pub load_state: RwSignal<LoadState>,
    pub overlay: RwSignal<Option<Overlay>>,
    /// Only names that contain this are shown; typed in the top bar.
    pub filter: RwSignal<String>,
    /// Raised to bring a row into view and the keyboard to the table.
    pub reveal: RwSignal<Option<usize>>,
    /// Whether the person may change what is in it.
    pub may_write: bool,
    address: Memo<Address>,
    /// The token of the next page.
    next: StoredValue<Option<String>>,
    sorting: StoredValue<bool>,
    /// How often the folder was read again.
    refreshes: StoredValue<u32>,
    go: Navigator,
}

impl Folder {
    /// `address` must be this folder's address until the folder ends.
    pub fn new(page: ObjectPage, address: Memo<Address>, filter: RwSignal<String>, go: Navigator) -> Self {
        let now = address.get_untracked();
        let mut listing = Listing::new(page.prefix, now.sort);
        listing.extend(page.objects);
        listing.set_filter(&filter.get_untracked());
        listing.settle();
        let mut selection = Selection::default();
        let named = now.selected.iter().chain(&now.details).map(String::as_str);
        selection.select_names(&listing, named);
        let load_state = if page.continuation_token.is_some() {
            LoadState::Loading
        } else {
            LoadState::Complete
        };
        Self {
            may_write: address.with_untracked(|here| may_write(&here.drive)),
            listing: RwSignal::new(listing),
            selection: RwSignal::new(selection),
            load_state: RwSignal::new(load_state),
            overlay: RwSignal::new(None),
            filter,
            reveal: RwSignal::new(None),
            address,
            next: StoredValue::new(page.continuation_token),
            sorting: StoredValue::new(false),
            refreshes: StoredValue::new(0),
            go,
        }
    }

    /// Starts what a page does after hydration: loads the other entries, sorts on demand, keeps the address up to date.
    pub fn live(self) {
        let reads_one_page = self.address.with_untracked(|address| address.after.is_some());
        Effect::new(move |_| {
            if !reads_one_page {
                self.load_rest();
            }
        });
        Effect::new(move |_| {
            let (sort, filter) = (self.sort(), self.filter.get());
            let listing = self.listing.try_update_untracked(|listing| {
                listing.set_sort(sort);
                listing.set_filter(&filter);
            });
            if listing.is_some() {
                self.reorder();
            }
        });
        if !reads_one_page {
            self.write_address();
        }
    }
}
