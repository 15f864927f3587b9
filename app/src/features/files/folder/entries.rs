//! The entries of the folder: reading them, and adding and removing what was changed elsewhere on the page.

use leptos::prelude::*;

use super::Folder;
use crate::{
    browser,
    contract::Timestamp,
    features::{
        files::{
            model::{
                entry::{Entry, EntryId},
                listing::Listing,
                selection::Selection,
            },
            types::ObjectEntry,
        },
        uploads::{NewObject, Target},
    },
};

/// How long one step of sorting may keep the page from answering, in milliseconds.
const SLICE: f64 = 12.0;

impl Folder {
    /// Reads an entry.
    pub fn with_entry<T>(self, id: EntryId, read: impl FnOnce(&Entry) -> T) -> Option<T> {
        self.listing.with_untracked(|listing| listing.get(id).map(read))
    }

    /// The whole keys of these entries.
    pub fn keys(self, ids: &[EntryId]) -> Vec<String> {
        self.listing.with_untracked(|listing| {
            let entries = ids.iter().filter_map(|id| listing.get(*id));
            entries.map(|entry| listing.key_of(entry)).collect()
        })
    }

    /// The folder that files go to when they are picked, dropped or pasted here.
    pub fn upload_target(self) -> Signal<Target> {
        Signal::derive(move || self.listing.with(|listing| Target::home(listing.prefix())))
    }

    /// Adds folders and files that were made or uploaded just now; what lies outside this folder is ignored.
    pub fn add_objects(self, objects: &[NewObject]) {
        let entries: Vec<_> = self.listing.with_untracked(|listing| {
            let entries = objects.iter().filter_map(|object| entry_of(listing, object));
            entries.collect()
        });
        if entries.is_empty() {
            return;
        }
        self.listing.update(|listing| listing.extend(entries));
        self.reorder();
    }

    /// The entries of these names, as rows of a listing.
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

    /// Adds rows that were restored, here or in another folder.
    pub fn add_restored(self, rows: Vec<ObjectEntry>) {
        let prefix = self.listing.with_untracked(|listing| listing.prefix().to_owned());
        let (mut own, mut below, mut around) = (Vec::new(), Vec::new(), false);
        for row in rows {
            let child = row.key.strip_prefix(&prefix).filter(|name| !name.is_empty());
            match child.map(|name| name.trim_end_matches('/').contains('/')) {
                Some(false) => own.push(row),
                Some(true) => below.push(NewObject {
                    key: row.key,
                    size: row.size,
                }),
                None => around |= prefix.starts_with(&row.key),
            }
        }
        self.add_objects(&below);
        self.listing.update(|listing| listing.extend(own));
        self.reorder();
        if around {
            self.reload();
        }
    }

    /// Removes entries that were deleted.
    pub fn remove(self, names: &[String]) {
        let position = self
            .selection
            .with_untracked(Selection::active)
            .and_then(|id| self.listing.with_untracked(|listing| listing.position_of(id)));
        let details = self.address.with_untracked(|address| address.details.clone());
        self.listing
            .update(|listing| listing.remove(names.iter().map(String::as_str)));
        self.listing.with_untracked(|listing| {
            self.selection
                .update(|selection| selection.retain(listing, position.unwrap_or(0)));
        });
        self.reorder();
        if details.is_some_and(|details| names.contains(&details)) {
            self.show_details(None);
        }
    }

    /// Sorts between frames, if the listing needs it. The old order stays on screen until the new one is ready.
    pub(super) fn reorder(self) {
        if self.sorting.get_value() || !self.listing.with_untracked(Listing::is_reordering) {
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

/// The row that shows a new object here: its own, or that of the folder which it lies in.
fn entry_of(listing: &Listing, object: &NewObject) -> Option<ObjectEntry> {
    let name = object.key.strip_prefix(listing.prefix())?;
    let (child, is_folder) = match name.find('/') {
        Some(slash) => (&name[..=slash], true),
        None => (name, false),
    };
    // A new object changes nothing in the row of a folder that is listed already.
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
