//! The entries of the folder: reading them, and adding and removing what was changed elsewhere on the page.

use std::collections::HashSet;

use leptos::prelude::*;

use super::{Folder, LoadState};
use crate::{
    browser,
    contract::Timestamp,
    features::{
        files::{
            changes::MAX_NAMED,
            effects::FileEffect,
            model::{
                chosen::{Chosen, Rest},
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

    /// These entries, as requests name them.
    pub fn chosen(self, ids: &[EntryId]) -> Chosen {
        let knows_all = self.address.with_untracked(|address| address.after.is_none())
            && self
                .load_state
                .with_untracked(|state| *state == LoadState::Complete);
        let rest = self.listing.with_untracked(|listing| {
            let few_others = listing.len().saturating_sub(ids.len()) <= MAX_NAMED;
            (knows_all && few_others).then(|| {
                let own: HashSet<EntryId> = ids.iter().copied().collect();
                let others = listing.live().filter(|(id, _)| !own.contains(id));
                Rest {
                    folder: listing.prefix().to_owned(),
                    others: others.map(|(_, entry)| listing.key_of(entry)).collect(),
                }
            })
        });
        Chosen {
            keys: self.keys(ids),
            rest,
        }
    }

    /// The folder that files go to when they are picked, dropped or pasted here.
    pub fn upload_target(self) -> Signal<Target> {
        Signal::derive(move || Target {
            prefix: self.listing.with(|listing| listing.prefix().to_owned()),
            bucket: self.address.with(|address| address.drive.bucket().cloned()),
        })
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

    /// These entries as rows of a listing.
    pub fn rows(self, ids: &[EntryId]) -> Vec<ObjectEntry> {
        self.listing.with_untracked(|listing| {
            let entries = ids.iter().filter_map(|id| listing.get(*id));
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

    /// Shows what was changed, here or in another folder.
    pub fn apply(self, effect: FileEffect) {
        let prefix = self.listing.with_untracked(|listing| listing.prefix().to_owned());
        let FileEffect {
            removed,
            added,
            changed,
        } = effect;
        let mut must_read = false;
        let mut gone = Vec::new();
        for key in removed {
            match place(&prefix, &key) {
                Place::Here(name) => gone.push(name.to_owned()),
                // With the last of its files a folder is gone too.
                Place::Below | Place::Around => must_read = true,
                Place::Elsewhere => {}
            }
        }
        let (mut own, mut below) = (Vec::new(), Vec::new());
        for row in added {
            match place(&prefix, &row.key) {
                Place::Here(_) => own.push(row),
                Place::Below => below.push(NewObject {
                    key: row.key,
                    size: row.size,
                }),
                Place::Around => must_read = true,
                Place::Elsewhere => {}
            }
        }
        for folder in changed {
            must_read |= match place(&prefix, &folder) {
                Place::Around => true,
                Place::Elsewhere => false,
                // What changes in a folder that is listed changes nothing here.
                Place::Here(_) | Place::Below => {
                    let end = folder[prefix.len()..]
                        .find('/')
                        .map_or(folder.len(), |end| prefix.len() + end + 1);
                    self.listing
                        .with_untracked(|listing| listing.id_of(&folder[prefix.len()..end]).is_none())
                }
            };
        }
        if !gone.is_empty() {
            self.remove(&gone);
        }
        self.add_objects(&below);
        if !own.is_empty() {
            self.listing.update(|listing| listing.extend(own));
            self.reorder();
        }
        if must_read {
            self.refresh();
        }
    }

    /// Removes entries that were deleted or moved away.
    pub(super) fn remove(self, names: &[String]) {
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

/// Where a key, or the prefix of a folder, is, seen from a folder.
enum Place<'a> {
    /// An entry of it, by its name.
    Here(&'a str),
    /// Inside a folder of it.
    Below,
    /// The folder itself, or one that it is inside of.
    Around,
    Elsewhere,
}

fn place<'a>(folder: &str, key: &'a str) -> Place<'a> {
    match key.strip_prefix(folder) {
        Some("") => Place::Around,
        Some(name) if name.trim_end_matches('/').contains('/') => Place::Below,
        Some(name) => Place::Here(name),
        None if key.ends_with('/') && folder.starts_with(key) => Place::Around,
        None => Place::Elsewhere,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_seen_from_the_folder() {
        let seen = |key| match place("u/a/", key) {
            Place::Here(name) => format!("here: {name}"),
            Place::Below => "below".to_owned(),
            Place::Around => "around".to_owned(),
            Place::Elsewhere => "elsewhere".to_owned(),
        };
        for (key, place) in [
            ("u/a/x", "here: x"),
            ("u/a/x/", "here: x/"),
            ("u/a/x/y", "below"),
            ("u/a/x/y/", "below"),
            ("u/a/", "around"),
            ("u/", "around"),
            ("u/a", "elsewhere"),
            ("u/ab/", "elsewhere"),
            ("u/b", "elsewhere"),
        ] {
            assert_eq!(seen(key), place, "{key}");
        }
    }
}
