//! The hits of one page of a listing.

use std::collections::VecDeque;

use app::features::files::types::ObjectEntry;

use super::wanted::Wanted;
use crate::{
    features::files::service::listing::{entry, folder},
    platform::object_store::ListedPage,
};

/// A hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) entry: ObjectEntry,
    /// For a folder without a marker object: the key of the page before the first key in the folder.
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Own,
    Behind(Option<String>),
}

impl Found {
    /// Moves the position behind this hit: the last finished key of the page, and a folder whose first key is not
    /// finished.
    pub(super) fn pass(&self, after: &mut Option<String>, folder: &mut Option<String>) {
        match &self.place {
            Place::Own => {
                *after = Some(self.entry.key.clone());
                *folder = None;
            }
            Place::Behind(key) => {
                *after = key.clone().or_else(|| after.take());
                *folder = Some(self.entry.key.clone());
            }
        }
    }
}

/// A page that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// The token that it was requested by.
    pub(super) token: Option<String>,
    /// In the order of the listing.
    pub(super) keys: Vec<String>,
    /// Of the keys that were finished before, the one whose folders continue behind the page.
    met: Vec<String>,
    /// Each with the number of the key that it came with.
    found: Vec<(usize, Found)>,
    /// Where the listing continues; `None` at its end.
    pub(super) next: Option<String>,
    /// Everything up to this key is finished, though it lies behind this page: keys were added meanwhile.
    pub(super) resume: Option<String>,
}

/// What follows behind a part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The rest of the page, which belongs to other ranges.
    Rest,
    Page(String),
    End,
}

/// The part of a page that belongs to one range.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) token: Option<String>,
    pub(super) keys: usize,
    /// The last of its keys.
    pub(super) last: Option<String>,
    /// Keys whose folders were met and may continue behind it.
    pub(super) met: Vec<String>,
    pub(super) found: VecDeque<Found>,
    pub(super) then: Then,
    /// As [`Page::resume`].
    pub(super) resume: Option<String>,
}

impl Page {
    /// `after` is the key up to which the listing was finished before.
    pub(super) fn look_through(
        mut listed: ListedPage,
        token: Option<String>,
        after: Option<&String>,
        wanted: &Wanted,
        prefix: &str,
    ) -> Self {
        let mut page = Self {
            token,
            next: listed.next.take(),
            ..Self::default()
        };
        if let Some(after) = after {
            let done = done_with(&listed, after);
            let done: Vec<_> = listed.objects.drain(..done).map(|object| object.key).collect();
            if listed.objects.is_empty() && done.last() != Some(after) {
                page.resume = Some(after.clone());
            }
            page.met = farthest(done).into_iter().collect();
        }
        for object in listed.objects {
            let number = page.keys.len();
            let before = page.keys.last().or(after);
            // Which folders were there before the first key, `Part::forget` is told.
            let known = page.keys.last();
            for name in folders_that_begin(&object.key, known, prefix) {
                if wanted.has_folder(name) {
                    let found = Found {
                        entry: folder(name.to_owned()),
                        place: Place::Behind(before.cloned()),
                    };
                    page.found.push((number, found));
                }
            }
            page.keys.push(object.key.clone());
            if wanted.has(&object) {
                let found = Found {
                    entry: entry(object),
                    place: Place::Own,
                };
                page.found.push((number, found));
            }
        }
        page
    }

    /// Cuts the page behind `end`: the part up to it, and the rest, which is `None` where no key lies behind.
    pub(super) fn cut(mut self, end: Option<&str>) -> (Part, Option<Self>) {
        let at = end.and_then(|end| self.keys.iter().position(|key| key.as_str() > end));
        let rest = at.map(|at| {
            let first_found = self.found.partition_point(|(number, _)| *number < at);
            let found = self.found.split_off(first_found);
            Self {
                token: self.token.clone(),
                keys: self.keys.split_off(at),
                met: Vec::new(),
                resume: None,
                found: found
                    .into_iter()
                    .map(|(number, found)| (number - at, found))
                    .collect(),
                next: self.next.take(),
            }
        });
        let then = match (&rest, self.next) {
            (Some(_), _) => Then::Rest,
            (None, Some(token)) => Then::Page(token),
            (None, None) => Then::End,
        };
        let (keys, last) = (self.keys.len(), self.keys.last().cloned());
        let met = last.clone().into_iter().chain(farthest(self.keys));
        let part = Part {
            token: self.token,
            keys,
            last,
            met: self.met.into_iter().chain(met).collect(),
            found: self.found.into_iter().map(|(_, found)| found).collect(),
            then,
            resume: self.resume,
        };
        (part, rest)
    }
}

impl Part {
    /// Leaves out the folders that were met with this key.
    pub(super) fn forget_folders_of(&mut self, entry: &str) {
        self.found
            .retain(|found| found.place == Place::Own || !entry.starts_with(&found.entry.key));
    }
}

/// The key that comes last where storage lists folder by folder: there the last folder of a page is its folder, even if
/// the page is sorted by bytes.
fn farthest(keys: Vec<String>) -> Option<String> {
    keys.into_iter()
        .max_by(|one, other| one.split('/').cmp(other.split('/')))
}

/// How many objects of a page were finished before; the last of them was `after`, which may have been deleted.
fn done_with(page: &ListedPage, after: &str) -> usize {
    let mut keys = page.objects.iter().map(|object| object.key.as_str());
    if let Some(at) = keys.clone().position(|key| key == after) {
        return at + 1;
    }
    // SeaweedFS lists folder by folder: `a/b` before `a-b`.
    let by_folder = !page.objects.is_sorted_by(|one, other| one.key <= other.key);
    let is_behind = |key: &str| {
        if by_folder {
            key.split('/').gt(after.split('/'))
        } else {
            key > after
        }
    };
    keys.position(is_behind).unwrap_or(page.objects.len())
}

/// The folders below the prefix that hold a key and did not hold the one before.
fn folders_that_begin<'a>(
    key: &'a str,
    before: Option<&'a String>,
    prefix: &'a str,
) -> impl Iterator<Item = &'a str> {
    key.match_indices('/')
        .map(|(at, _)| &key[..=at])
        .filter(|folder| folder.len() > prefix.len() && folder.len() < key.len())
        .filter(move |folder| !before.is_some_and(|before| before.starts_with(folder)))
}
