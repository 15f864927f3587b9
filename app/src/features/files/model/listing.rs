//! The entries of one folder as they arrive, kept compact, and the order in which they are shown.
//!
//! Entries are numbered in order of arrival and keep their number ([`EntryId`]) for as long as the listing lives,
//! so that selection and rows survive sorting. A page of new entries is merged into the order by binary search:
//! the cost of showing it does not grow with a sort of everything.

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::{
    collation::Folded,
    entry::{Entry, EntryId, bare},
    reorder::Reorder,
    sort::Sort,
    words::Words,
};
use crate::{contract::text::composed, features::files::types::ObjectEntry};

#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Whole prefix, as keys begin (`users/<uuid>/a/`).
    prefix: String,
    entries: Vec<Entry>,
    ids: HashMap<Arc<str>, EntryId>,
    classes: Vec<Arc<str>>,
    sort: Sort,
    /// Only names that have all of these are shown.
    filter: Words,
    /// Live entries that pass the filter, sorted.
    order: Vec<EntryId>,
    reorder: Option<Reorder>,
    live: usize,
}

impl Listing {
    #[must_use]
    pub fn new(prefix: impl Into<String>, sort: Sort) -> Self {
        Self {
            prefix: prefix.into(),
            sort,
            ..Self::default()
        }
    }

    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How many rows there are to show.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.order.len()
    }

    /// How many entries there are, filtered out or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    #[must_use]
    pub fn order(&self) -> &[EntryId] {
        &self.order
    }

    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// A live entry.
    #[must_use]
    pub fn get(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(id as usize).filter(|entry| !entry.gone)
    }

    /// Entries that are not gone, in order of arrival, filtered out or not.
    pub fn live(&self) -> impl Iterator<Item = (EntryId, &Entry)> {
        let numbered = (0..).zip(&self.entries);
        numbered.filter(|(_, entry)| !entry.gone)
    }

    /// The number that the next entry gets.
    #[must_use]
    pub fn issued(&self) -> EntryId {
        EntryId::try_from(self.entries.len()).unwrap_or(EntryId::MAX)
    }

    #[must_use]
    pub fn at(&self, position: usize) -> Option<(EntryId, &Entry)> {
        let id = *self.order.get(position)?;
        Some((id, self.get(id)?))
    }

    #[must_use]
    pub fn id_of(&self, name: &str) -> Option<EntryId> {
        self.ids.get(name).copied()
    }

    /// The entry whose name looks like this one to a reader: in any Unicode form.
    #[must_use]
    pub fn alike(&self, name: &str) -> Option<&Entry> {
        if let Some(id) = self.id_of(name) {
            return self.get(id);
        }
        if name.is_ascii() {
            return None;
        }
        let name = composed(name);
        let of = Folded::of(bare(&name));
        let mut live = self.entries.iter().filter(|entry| !entry.gone);
        live.find(|entry| entry.folded == of && composed(&entry.name) == name)
    }

    #[must_use]
    pub fn position_of(&self, id: EntryId) -> Option<usize> {
        self.order.iter().position(|other| *other == id)
    }

    /// The ids at these positions, cut to what there is.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> &[EntryId] {
        let end = rows.end.min(self.order.len());
        &self.order[rows.start.min(end)..end]
    }

    /// The whole key of an entry.
    #[must_use]
    pub fn key_of(&self, entry: &Entry) -> String {
        format!("{}{}", self.prefix, entry.name)
    }

    /// Takes in a page. Keys that are here already are brought up to date; the folder's own marker is left out.
    pub fn extend(&mut self, objects: impl IntoIterator<Item = ObjectEntry>) {
        let mut arrived = Vec::new();
        let mut moved = false;
        for object in objects {
            let Some(name) = object
                .key
                .strip_prefix(&self.prefix)
                .filter(|name| !name.is_empty())
            else {
                continue;
            };
            let storage_class = intern(&mut self.classes, &object.storage_class);
            if let Some(&id) = self.ids.get(name) {
                let entry = &mut self.entries[id as usize];
                let changed = entry.size != object.size
                    || entry.modified != object.last_modified
                    || entry.storage_class != storage_class;
                if changed {
                    entry.size = object.size;
                    entry.modified = object.last_modified;
                    entry.storage_class = storage_class;
                    entry.revision += 1;
                    moved = true;
                }
                continue;
            }
            let Ok(id) = EntryId::try_from(self.entries.len()) else {
                break;
            };
            let name: Arc<str> = name.into();
            self.ids.insert(Arc::clone(&name), id);
            let folded = Folded::of(bare(&name));
            self.entries.push(Entry {
                collation: folded.collation_key(bare(&name)),
                folded,
                name,
                size: object.size,
                modified: object.last_modified,
                storage_class,
                is_folder: object.is_folder,
                revision: 0,
                gone: false,
            });
            self.live += 1;
            arrived.push(id);
        }
        if moved {
            self.restart_order();
        } else if self.reorder.is_none() {
            self.merge(arrived);
        }
        // A reordering under way takes in what arrived when it ends.
    }

    /// Forgets entries, by name.
    pub fn remove<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for name in names {
            if let Some(id) = self.ids.remove(name) {
                self.entries[id as usize].gone = true;
                self.live -= 1;
            }
        }
        let entries = &self.entries;
        self.order.retain(|id| !entries[*id as usize].gone);
        if self.reorder.is_some() {
            self.restart_order();
        }
    }

    /// Begins to sort anew; the old order stays until [`Self::advance`] has finished.
    pub fn set_sort(&mut self, sort: Sort) {
        if self.sort != sort {
            self.sort = sort;
            self.restart_order();
        }
    }

    /// Begins to show only names that have all words of the text, in any case and form.
    pub fn set_filter(&mut self, text: &str) {
        let filter = Words::of(text);
        if self.filter != filter {
            self.filter = filter;
            self.restart_order();
        }
    }

    fn restart_order(&mut self) {
        self.reorder = Some(Reorder::default());
    }

    #[must_use]
    pub fn is_reordering(&self) -> bool {
        self.reorder.is_some()
    }

    /// One bounded step of sorting and filtering. True when the order on show has become the one asked for.
    pub fn advance(&mut self) -> bool {
        let Some(mut reorder) = self.reorder.take() else {
            return true;
        };
        let (entries, filter, sort) = (&self.entries, &self.filter, self.sort);
        let finished = reorder.step(
            entries.len(),
            |id| passes(&entries[id as usize], filter),
            |a, b| sort.compare(&entries[a as usize], &entries[b as usize]),
        );
        let Some((order, seen)) = finished else {
            self.reorder = Some(reorder);
            return false;
        };
        self.order = order;
        // What arrived while the runs were merged.
        let late = (seen..self.entries.len())
            .filter_map(|id| EntryId::try_from(id).ok())
            .collect();
        self.merge(late);
        true
    }

    /// [`Self::advance`] to the end at once: for a first page.
    pub fn settle(&mut self) {
        while !self.advance() {}
    }

    /// Merges new ids into the order. Pages come in S3's order, which is nearly the one by name: most land in few
    /// places, and stretches between them are copied whole.
    fn merge(&mut self, mut arrived: Vec<EntryId>) {
        let (entries, filter, sort) = (&self.entries, &self.filter, self.sort);
        arrived.retain(|id| passes(&entries[*id as usize], filter));
        if arrived.is_empty() {
            return;
        }
        let compare = |a: &EntryId, b: &EntryId| sort.compare(&entries[*a as usize], &entries[*b as usize]);
        arrived.sort_unstable_by(compare);
        let old = std::mem::take(&mut self.order);
        let mut order = Vec::with_capacity(old.len() + arrived.len());
        let mut rest = old.as_slice();
        for id in arrived {
            let before = rest.partition_point(|other| compare(other, &id).is_lt());
            order.extend_from_slice(&rest[..before]);
            order.push(id);
            rest = &rest[before..];
        }
        order.extend_from_slice(rest);
        self.order = order;
    }

    /// The next position after `from` whose name begins with `start` (folded), going round once.
    #[must_use]
    pub fn find_prefix(&self, start: &str, from: usize) -> Option<usize> {
        let total = self.order.len();
        (0..total).map(|step| (from + step) % total).find(|position| {
            self.at(*position)
                .is_some_and(|(_, entry)| entry.folded.starts_with(bare(&entry.name), start))
        })
    }
}

fn passes(entry: &Entry, filter: &Words) -> bool {
    let name = bare(&entry.name);
    !entry.gone && filter.iter().all(|word| entry.folded.contains(name, word))
}

/// One shared string for each of the few storage classes.
fn intern(known: &mut Vec<Arc<str>>, class: &str) -> Arc<str> {
    if let Some(found) = known.iter().find(|known| &***known == class) {
        return Arc::clone(found);
    }
    let class: Arc<str> = class.into();
    known.push(Arc::clone(&class));
    class
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{contract::Timestamp, features::files::model::sort::Column};

    fn object(name: &str, size: u64) -> ObjectEntry {
        ObjectEntry {
            key: format!("users/u/{name}"),
            size,
            last_modified: Timestamp::from_unix(1_704_067_200 + i64::try_from(size).unwrap()),
            etag: String::new(),
            storage_class: "STANDARD".to_owned(),
            is_folder: name.ends_with('/'),
        }
    }

    fn names(listing: &Listing) -> Vec<&str> {
        listing
            .order()
            .iter()
            .map(|id| &*listing.get(*id).unwrap().name)
            .collect()
    }

    fn listing(names: &[&str]) -> Listing {
        let mut listing = Listing::new("users/u/", Sort::default());
        listing.extend(names.iter().enumerate().map(|(i, name)| object(name, i as u64)));
        listing
    }

    #[test]
    fn folders_come_first_and_the_own_marker_is_hidden() {
        let listing = listing(&["", "b.txt", "z/", "a10", "a9"]);
        assert_eq!(names(&listing), ["z/", "a9", "a10", "b.txt"]);
    }

    #[test]
    fn sorts_by_size_with_folders_still_first() {
        let mut listing = listing(&["small", "big", "f/"]);
        listing.set_sort(Sort {
            column: Column::Size,
            descending: true,
        });
        assert_eq!(
            names(&listing),
            ["f/", "big", "small"],
            "the old order stays meanwhile"
        );
        listing.settle();
        assert_eq!(names(&listing), ["f/", "big", "small"]);
        listing.set_sort(Sort {
            column: Column::Size,
            descending: false,
        });
        listing.settle();
        assert_eq!(names(&listing), ["f/", "small", "big"]);
    }

    #[test]
    fn filters_removes_and_takes_back_in() {
        let mut listing = listing(&["Report.pdf", "notes.txt", "old report.pdf"]);
        listing.set_filter("REPORT");
        listing.settle();
        assert_eq!(names(&listing), ["old report.pdf", "Report.pdf"]);
        listing.remove(["Report.pdf"]);
        assert_eq!(names(&listing), ["old report.pdf"]);
        assert_eq!(listing.len(), 2);
        listing.extend([object("Report.pdf", 9)]);
        assert_eq!(names(&listing), ["old report.pdf", "Report.pdf"]);
        listing.set_filter("");
        listing.settle();
        assert_eq!(listing.shown(), 3);
    }

    #[test]
    fn an_entry_seen_twice_is_brought_up_to_date_in_place() {
        let mut listing = listing(&["a", "b"]);
        let id = listing.id_of("a").unwrap();
        listing.extend([object("a", 7)]);
        listing.settle();
        assert_eq!(listing.len(), 2);
        let entry = listing.get(id).unwrap();
        assert_eq!((entry.size, entry.revision), (7, 1));
    }

    #[test]
    fn type_ahead_goes_round() {
        let listing = listing(&["alpha", "beta", "Bravo"]);
        assert_eq!(listing.find_prefix("b", 0), Some(1));
        assert_eq!(listing.find_prefix("b", 2), Some(2));
        assert_eq!(listing.find_prefix("a", 2), Some(0));
        assert_eq!(listing.find_prefix("zz", 0), None);
    }

    proptest! {
        /// Whatever the pages, and wherever a reordering is when they arrive, the order ends as one sort of all.
        #[test]
        fn merging_pages_equals_sorting_everything(
            pages in prop::collection::vec(prop::collection::vec(("[a-cA-C0-9]{1,4}/?", 0_u64..50), 0..40), 1..8),
            column in prop::sample::select(&Column::ALL[..]),
            descending in any::<bool>(),
            resort_at in 0_usize..8,
            steps in 0_usize..4,
        ) {
            let sort = Sort { column, descending };
            let mut listing = Listing::new("users/u/", Sort::default());
            for (i, page) in pages.iter().enumerate() {
                if i == resort_at {
                    listing.set_sort(sort);
                    for _ in 0..steps {
                        listing.advance();
                    }
                }
                listing.extend(page.iter().map(|(name, size)| object(name, *size)));
            }
            listing.settle();
            let sort = listing.sort();
            let mut expected: Vec<EntryId> = (0..u32::try_from(listing.entries.len()).unwrap()).collect();
            expected.sort_by(|a, b| sort.compare(&listing.entries[*a as usize], &listing.entries[*b as usize]));
            prop_assert_eq!(listing.order(), expected.as_slice());
        }
    }
}
