//! One open folder in the browser: its entries, what is selected, what is under way. Made anew for each folder, and
//! gone with it.

use leptos::prelude::*;

use super::{
    client,
    model::{
        address::{Address, Layout},
        listing::{Entry, EntryId, Listing},
        selection::Selection,
        sort::{Column, Sort},
    },
    types::{ListQuery, ObjectEntry, ObjectPage},
};
use crate::{
    browser,
    contract::{MaxKeys, Timestamp},
    features::uploads::{Arrived, Target},
    navigation::Go,
    rest::{CallError, retry_when_throttled},
    routes,
};

/// How long one step of sorting may keep the page from answering, in milliseconds.
const SLICE: f64 = 12.0;

/// Whether all of the folder is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    Complete,
    Coming,
    /// The server asked to wait, or the reserve is reached.
    Waiting,
    Stopped(CallError),
}

/// What stands over the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    NewFolder,
    Delete(Vec<EntryId>),
}

#[derive(Clone, Copy)]
pub struct Folder {
    pub listing: RwSignal<Listing>,
    pub selection: RwSignal<Selection>,
    pub arrival: RwSignal<Arrival>,
    pub overlay: RwSignal<Option<Overlay>>,
    /// Names must contain this; typed in the top bar.
    pub filter: RwSignal<String>,
    /// Raised to bring a row into view and the keyboard to the table.
    pub reveal: RwSignal<Option<usize>>,
    address: Memo<Address>,
    next: StoredValue<Option<String>>,
    sorting: StoredValue<bool>,
    go: Go,
}

impl Folder {
    /// `address` must be this folder's for as long as it lives.
    #[must_use]
    pub fn new(page: ObjectPage, address: Memo<Address>, filter: RwSignal<String>, go: Go) -> Self {
        let now = address.get_untracked();
        let mut listing = Listing::new(page.prefix, now.sort);
        listing.extend(page.objects);
        listing.set_filter(&filter.get_untracked());
        listing.settle();
        let mut selection = Selection::default();
        let asked = now.selected.iter().chain(&now.details).map(String::as_str);
        selection.select_names(&listing, asked);
        let arrival = if page.continuation_token.is_some() {
            Arrival::Coming
        } else {
            Arrival::Complete
        };
        Self {
            listing: RwSignal::new(listing),
            selection: RwSignal::new(selection),
            arrival: RwSignal::new(arrival),
            overlay: RwSignal::new(None),
            filter,
            reveal: RwSignal::new(None),
            address,
            next: StoredValue::new(page.continuation_token),
            sorting: StoredValue::new(false),
            go,
        }
    }

    /// Starts what only a living page does: the rest of the entries, sorting on demand, the written-down address.
    pub fn live(self) {
        let reads_one_page = self.address.with_untracked(|address| address.after.is_some());
        Effect::new(move |_| {
            if !reads_one_page {
                self.fetch_rest();
            }
        });
        Effect::new(move |_| {
            let (sort, filter) = (self.sort(), self.filter.get());
            let pending = self.listing.try_update_untracked(|listing| {
                listing.set_sort(sort);
                listing.set_filter(&filter);
                listing.is_reordering()
            });
            if pending == Some(true) {
                self.reorder();
            }
        });
        // Typing and walking through rows would write it dozens of times a second.
        let write = debounce(std::time::Duration::from_millis(250), move |href: String| {
            // The reader may have gone elsewhere meanwhile.
            let here = window()
                .location()
                .pathname()
                .ok()
                .and_then(|pathname| routes::folder_at(&pathname));
            if here.is_some() && here == self.address.try_with_untracked(|address| address.path.clone()) {
                browser::rewrite_address(&href);
            }
        });
        let mut write = Some(write).filter(|_| !reads_one_page);
        Effect::new(move |written: Option<String>| {
            let href = self.href();
            if let Some(write) = &mut write
                && written.is_some_and(|written| written != href)
            {
                write(href.clone());
            }
            href
        });
    }

    // The address ---------------------------------------------------------------------------------------------

    /// Below the caller's prefix.
    #[must_use]
    pub fn path(self) -> String {
        self.address.with_untracked(|address| address.path.clone())
    }

    #[must_use]
    pub fn sort(self) -> Sort {
        self.address.with(|address| address.sort)
    }

    #[must_use]
    pub fn layout(self) -> Layout {
        self.address.with(|address| address.layout)
    }

    /// The name whose details are open.
    #[must_use]
    pub fn details(self) -> Option<String> {
        self.address.with(|address| address.details.clone())
    }

    #[must_use]
    pub fn layout_untracked(self) -> Layout {
        self.address.with_untracked(|address| address.layout)
    }

    #[must_use]
    pub fn details_untracked(self) -> Option<String> {
        self.address.with_untracked(|address| address.details.clone())
    }

    pub fn press_column(self, column: Column) {
        let address = self.with_state(self.address.get_untracked());
        let sort = address.sort.pressed(column);
        self.go.replace(Address { sort, ..address }.href());
    }

    pub fn set_layout(self, layout: Layout) {
        let address = self.with_state(self.address.get_untracked());
        self.go.replace(Address { layout, ..address }.href());
    }

    /// Opens the details of a name, or closes them. Opening can be taken back with the back button.
    pub fn show_details(self, name: Option<String>) {
        let address = self.with_state(self.address.get_untracked());
        if address.details == name {
            return;
        }
        let opens = address.details.is_none();
        let href = Address {
            details: name,
            ..address
        }
        .href();
        if opens {
            self.go.to(href);
        } else {
            self.go.replace(href);
        }
    }

    /// Opens a folder, or the details of a file.
    pub fn open(self, id: EntryId) {
        let name = self.listing.with_untracked(|listing| {
            listing
                .get(id)
                .map(|entry| (entry.name.to_string(), entry.is_folder))
        });
        match name {
            Some((name, true)) => self.go.to(self.folder_href(&name)),
            Some((name, false)) => self.show_details(Some(name)),
            None => {}
        }
    }

    /// The address of a folder in this one.
    #[must_use]
    pub fn folder_href(self, name: &str) -> String {
        self.address
            .with_untracked(|address| address.folder(format!("{}{name}", address.path)).href())
    }

    /// What is typed as a filter, searched for in the folders below too.
    #[must_use]
    pub fn search_href(self) -> Option<String> {
        let wanted = self.filter.with(|filter| filter.trim().to_owned());
        (!wanted.is_empty()).then(|| self.address.with(|address| address.search(wanted).href()))
    }

    /// For reading on without script; `None` on the last page.
    #[must_use]
    pub fn next_page_href(self) -> Option<String> {
        let after = self.next.get_value()?;
        let address = self.address.get_untracked();
        Some(
            Address {
                after: Some(after),
                details: None,
                selected: Vec::new(),
                ..address
            }
            .href(),
        )
    }

    pub fn open_parent(self) {
        if let Some(parent) = self.address.with_untracked(Address::parent) {
            self.go.to(parent.href());
        }
    }

    /// The address with what is selected and filtered now.
    fn href(self) -> String {
        self.selection.track();
        self.filter.track();
        self.with_state(self.address.get()).href()
    }

    fn with_state(self, address: Address) -> Address {
        let selected = self.selection.with_untracked(|selection| {
            if selection.len() > Address::MAX_SELECTED {
                return Vec::new();
            }
            self.listing.with_untracked(|listing| {
                let names = selection.ids().filter_map(|id| listing.get(id));
                names.map(|entry| entry.name.to_string()).collect()
            })
        });
        Address {
            selected,
            filter: self.filter.get_untracked(),
            ..address
        }
    }

    // Entries -------------------------------------------------------------------------------------------------

    /// Reads an entry.
    pub fn with_entry<T>(self, id: EntryId, read: impl FnOnce(&Entry) -> T) -> Option<T> {
        self.listing.with_untracked(|listing| listing.get(id).map(read))
    }

    /// The whole keys of these entries.
    #[must_use]
    pub fn keys(self, ids: &[EntryId]) -> Vec<String> {
        self.listing.with_untracked(|listing| {
            let entries = ids.iter().filter_map(|id| listing.get(*id));
            entries.map(|entry| listing.key_of(entry)).collect()
        })
    }

    /// Where files that are picked, dropped or pasted here go.
    #[must_use]
    pub fn upload_target(self) -> Signal<Target> {
        Signal::derive(move || self.listing.with(|listing| Target::home(listing.prefix())))
    }

    /// Folders and files that have just come to be, made here or uploaded; anything outside this folder is ignored.
    pub fn arrived(self, objects: &[Arrived]) {
        let entries: Vec<_> = self.listing.with_untracked(|listing| {
            let entries = objects.iter().filter_map(|object| entry_of(listing, object));
            entries.collect()
        });
        if entries.is_empty() {
            return;
        }
        self.listing.update(|listing| listing.extend(entries));
        if self.listing.with_untracked(Listing::is_reordering) {
            self.reorder();
        }
    }

    /// What is known of the entries of these names.
    #[must_use]
    pub fn rows(self, names: &[String]) -> Vec<ObjectEntry> {
        self.listing.with_untracked(|listing| {
            let ids = names.iter().filter_map(|name| listing.id_of(name));
            let entries = ids.filter_map(|id| listing.get(id));
            let row = |entry: &Entry| ObjectEntry {
                key: listing.key_of(entry),
                size: entry.size,
                last_modified: entry.modified,
                etag: String::new(),
                storage_class: entry.storage_class.to_string(),
                is_folder: entry.is_folder,
            };
            entries.map(row).collect()
        })
    }

    /// Rows that came back, wherever they were deleted.
    pub fn came_back(self, rows: Vec<ObjectEntry>) {
        let prefix = self.listing.with_untracked(|listing| listing.prefix().to_owned());
        let (mut own, mut below, mut around) = (Vec::new(), Vec::new(), false);
        for row in rows {
            let child = row.key.strip_prefix(&prefix).filter(|name| !name.is_empty());
            match child.map(|name| name.trim_end_matches('/').contains('/')) {
                Some(false) => own.push(row),
                Some(true) => below.push(Arrived {
                    key: row.key,
                    size: row.size,
                }),
                None => around |= prefix.starts_with(&row.key),
            }
        }
        self.arrived(&below);
        self.listing.update(|listing| listing.extend(own));
        if self.listing.with_untracked(Listing::is_reordering) {
            self.reorder();
        }
        if around {
            self.reread();
        }
    }

    /// Reads the folder from its beginning; what is listed already stays.
    fn reread(self) {
        leptos::task::spawn_local(async move {
            let prefix = self
                .listing
                .try_with_untracked(|listing| listing.prefix().to_owned());
            let query = ListQuery {
                prefix,
                max_keys: Some(MaxKeys::MAX),
                ..ListQuery::default()
            };
            match client::list(&query).await {
                Ok(answer) => {
                    let page = answer.body;
                    if self
                        .listing
                        .try_update(|listing| listing.extend(page.objects))
                        .is_some()
                    {
                        self.next.try_set_value(page.continuation_token);
                        self.fetch_rest();
                    }
                }
                Err(failure) => self.set_arrival(Arrival::Stopped(failure)),
            }
        });
    }

    /// Forgets entries that were deleted.
    pub fn removed(self, names: &[String]) {
        let stood_at = self
            .selection
            .with_untracked(Selection::active)
            .and_then(|id| self.listing.with_untracked(|listing| listing.position_of(id)));
        let details = self.address.with_untracked(|address| address.details.clone());
        self.listing
            .update(|listing| listing.remove(names.iter().map(String::as_str)));
        self.listing.with_untracked(|listing| {
            self.selection
                .update(|selection| selection.retain(listing, stood_at.unwrap_or(0)));
        });
        if self.listing.with_untracked(Listing::is_reordering) {
            self.reorder();
        }
        if details.is_some_and(|details| names.contains(&details)) {
            self.show_details(None);
        }
    }

    /// Goes on after a failure.
    pub fn fetch_rest(self) {
        leptos::task::spawn_local(async move {
            while let Some(Some(token)) = self.next.try_get_value() {
                self.set_arrival(Arrival::Coming);
                let prefix = self
                    .listing
                    .try_with_untracked(|listing| listing.prefix().to_owned());
                let query = ListQuery {
                    prefix,
                    continuation_token: Some(token),
                    max_keys: Some(MaxKeys::MAX),
                    ..ListQuery::default()
                };
                let waiting = || self.set_arrival(Arrival::Waiting);
                let answer = match retry_when_throttled(async || client::list(&query).await, waiting).await {
                    Ok(answer) => answer,
                    Err(error) => return self.set_arrival(Arrival::Stopped(error)),
                };
                let page = answer.body;
                if self
                    .listing
                    .try_update(|listing| listing.extend(page.objects))
                    .is_none()
                {
                    return;
                }
                self.next.try_set_value(page.continuation_token);
                // A folder of a hundred thousand must not use up what the reader's next click needs.
                if let Some(allowance) = answer.allowance {
                    allowance.keep_reserve(waiting).await;
                }
            }
            self.set_arrival(Arrival::Complete);
        });
    }

    /// Does nothing once the folder is gone.
    fn set_arrival(self, arrival: Arrival) {
        self.arrival.try_set(arrival);
    }

    /// Sorts between frames until the order is the one asked for. The old one stays on screen meanwhile.
    fn reorder(self) {
        if self.sorting.get_value() {
            return;
        }
        self.sorting.set_value(true);
        leptos::task::spawn_local(async move {
            loop {
                let until = browser::steady_now() + SLICE;
                let finished = self.listing.try_update_untracked(|listing| {
                    while browser::steady_now() < until {
                        if listing.advance() {
                            return true;
                        }
                    }
                    !listing.is_reordering()
                });
                match finished {
                    None => return,
                    Some(true) => break,
                    Some(false) => browser::pause(0).await,
                }
            }
            self.sorting.try_set_value(false);
            self.listing.notify();
        });
    }
}

/// What the folder shows of an object that has arrived: itself, or the folder in here that it lies in.
fn entry_of(listing: &Listing, object: &Arrived) -> Option<ObjectEntry> {
    let name = object.key.strip_prefix(listing.prefix())?;
    let (child, is_folder) = match name.find('/') {
        Some(slash) => (&name[..=slash], true),
        None => (name, false),
    };
    // A folder that is listed already has nothing to change.
    let known = is_folder && listing.id_of(child).is_some();
    (!known && !child.is_empty()).then(|| ObjectEntry {
        key: format!("{}{child}", listing.prefix()),
        size: if is_folder { 0 } else { object.size },
        last_modified: if is_folder {
            None
        } else {
            Timestamp::from_unix(browser::unix_now())
        },
        etag: String::new(),
        storage_class: if is_folder {
            String::new()
        } else {
            "STANDARD".to_owned()
        },
        is_folder,
    })
}
