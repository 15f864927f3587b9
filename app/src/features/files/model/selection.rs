//! Which entries are selected, which one the keyboard stands on, and from where a range is drawn.
//!
//! Positions are rows on screen; what is kept are entry numbers, so a selection survives sorting and filtering.

use std::collections::BTreeSet;

use super::{entry::EntryId, listing::Listing};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    ids: BTreeSet<EntryId>,
    /// Where the keyboard is.
    active: Option<EntryId>,
    /// The fixed end of a range.
    anchor: Option<EntryId>,
}

/// What the modifier keys ask of a click or a move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// This one alone.
    #[default]
    Only,
    /// Everything from the anchor to here (Shift).
    Range,
    /// This one too, or no longer (Ctrl).
    Toggle,
    /// Only stand here (Ctrl with an arrow).
    Move,
}

impl Selection {
    #[must_use]
    pub fn contains(&self, id: EntryId) -> bool {
        self.ids.contains(&id)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn ids(&self) -> impl Iterator<Item = EntryId> + '_ {
        self.ids.iter().copied()
    }

    #[must_use]
    pub fn active(&self) -> Option<EntryId> {
        self.active
    }

    /// The only selected entry.
    #[must_use]
    pub fn single(&self) -> Option<EntryId> {
        match self.ids.len() {
            1 => self.ids.first().copied(),
            _ => None,
        }
    }

    /// A click or a move of the keyboard to a row. Rows that do not exist are ignored.
    pub fn reach(&mut self, listing: &Listing, position: usize, reach: Reach) {
        let Some((id, _)) = listing.at(position) else {
            return;
        };
        match reach {
            Reach::Only => {
                self.ids = BTreeSet::from([id]);
                self.anchor = Some(id);
            }
            Reach::Toggle => {
                if !self.ids.remove(&id) {
                    self.ids.insert(id);
                }
                self.anchor = Some(id);
            }
            Reach::Range => {
                let anchor = self.anchor.and_then(|anchor| listing.position_of(anchor));
                let anchor = anchor.unwrap_or(position);
                let rows = anchor.min(position)..anchor.max(position) + 1;
                self.ids = listing.slice(rows).iter().copied().collect();
                self.anchor = listing.at(anchor).map(|(id, _)| id);
            }
            Reach::Move => {}
        }
        self.active = Some(id);
    }

    /// Everything that is shown.
    pub fn select_all(&mut self, listing: &Listing) {
        self.ids = listing.order().iter().copied().collect();
        self.active = self.active.or_else(|| listing.at(0).map(|(id, _)| id));
    }

    /// Selects these names, as an address asks; stands on the first.
    pub fn select_names<'a>(&mut self, listing: &Listing, names: impl IntoIterator<Item = &'a str>) {
        self.ids = names.into_iter().filter_map(|name| listing.id_of(name)).collect();
        self.active = self.ids.first().copied().or(self.active);
        self.anchor = self.active;
    }

    pub fn clear(&mut self) {
        self.ids.clear();
    }

    /// Forgets what is no longer in the listing; stands on the row at `fallback` if its own is gone.
    pub fn retain(&mut self, listing: &Listing, fallback: usize) {
        self.ids.retain(|id| listing.get(*id).is_some());
        let alive = |id: Option<EntryId>| id.filter(|id| listing.get(*id).is_some());
        self.anchor = alive(self.anchor);
        self.active = alive(self.active).or_else(|| {
            let last = listing.shown().checked_sub(1)?;
            listing.at(fallback.min(last)).map(|(id, _)| id)
        });
    }

    /// Whether every shown row is selected.
    #[must_use]
    pub fn covers(&self, listing: &Listing) -> bool {
        listing.shown() > 0
            && self.ids.len() >= listing.shown()
            && listing.order().iter().all(|id| self.ids.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::files::{model::sort::Sort, types::ObjectEntry};

    fn listing(n: usize) -> Listing {
        let mut listing = Listing::new("", Sort::default());
        listing.extend((0..n).map(|i| ObjectEntry {
            key: format!("f{i:03}"),
            size: 0,
            last_modified: None,
            etag: String::new(),
            storage_class: String::new(),
            is_folder: false,
        }));
        listing
    }

    fn ids(selection: &Selection) -> Vec<EntryId> {
        selection.ids().collect()
    }

    #[test]
    fn a_range_turns_about_its_anchor() {
        let (listing, mut selection) = (listing(10), Selection::default());
        selection.reach(&listing, 4, Reach::Only);
        selection.reach(&listing, 6, Reach::Range);
        assert_eq!(ids(&selection), [4, 5, 6]);
        selection.reach(&listing, 3, Reach::Range);
        assert_eq!(ids(&selection), [3, 4]);
        assert_eq!(selection.active(), Some(3));
    }

    #[test]
    fn toggling_adds_and_takes_away() {
        let (listing, mut selection) = (listing(10), Selection::default());
        selection.reach(&listing, 1, Reach::Toggle);
        selection.reach(&listing, 3, Reach::Toggle);
        selection.reach(&listing, 1, Reach::Toggle);
        assert_eq!(ids(&selection), [3]);
        selection.reach(&listing, 2, Reach::Move);
        assert_eq!((ids(&selection), selection.active()), (vec![3], Some(2)));
    }

    #[test]
    fn what_is_gone_is_forgotten_and_the_keyboard_stays_near() {
        let (mut listing, mut selection) = (listing(3), Selection::default());
        selection.reach(&listing, 2, Reach::Only);
        listing.remove(["f002"]);
        selection.retain(&listing, 2);
        assert!(selection.is_empty());
        assert_eq!(selection.active(), Some(1));
    }

    #[test]
    fn all_is_what_is_shown() {
        let (mut listing, mut selection) = (listing(20), Selection::default());
        listing.set_filter("f01");
        listing.settle();
        selection.select_all(&listing);
        assert_eq!(selection.len(), 10);
        assert!(selection.covers(&listing));
        listing.set_filter("");
        listing.settle();
        assert!(!selection.covers(&listing));
    }

    #[test]
    fn rows_that_do_not_exist_change_nothing() {
        let (listing, mut selection) = (listing(1), Selection::default());
        selection.reach(&listing, 5, Reach::Only);
        assert_eq!(selection, Selection::default());
    }
}
