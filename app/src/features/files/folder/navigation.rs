//! The address of the folder, and where the reader goes from it.

use std::time::Duration;

use leptos::prelude::*;

use super::Folder;
use crate::{
    browser,
    contract::BucketName,
    features::files::model::{
        address::{Address, Layout, Past},
        entry::EntryId,
        sort::{Column, Sort},
    },
    routes::Drive,
};

/// How long the selection and the filter must rest before the address is written.
const WRITE_AFTER: Duration = Duration::from_millis(250);

impl Folder {
    pub fn drive(self) -> Drive {
        self.address.with_untracked(|address| address.drive.clone())
    }

    /// One of the caller's own buckets; the home bucket unless given.
    pub fn bucket(self) -> Option<BucketName> {
        self.address
            .with_untracked(|address| address.drive.bucket().cloned())
    }

    /// Below the drive's top folder.
    pub fn path(self) -> String {
        self.address.with_untracked(|address| address.path.clone())
    }

    pub fn sort(self) -> Sort {
        self.address.with(|address| address.sort)
    }

    pub fn layout(self) -> Layout {
        self.address.with(|address| address.layout)
    }

    /// The name whose details are open.
    pub fn details(self) -> Option<String> {
        self.address.with(|address| address.details.clone())
    }

    pub fn layout_untracked(self) -> Layout {
        self.address.with_untracked(|address| address.layout)
    }

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

    /// Opens the details of a name, or closes them. The browser's back button closes what was opened.
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
    pub fn folder_href(self, name: &str) -> String {
        self.address
            .with_untracked(|address| address.folder(format!("{}{name}", address.path)).href())
    }

    /// The address of a search for the filter's text in this folder and those below it.
    pub fn search_href(self) -> Option<String> {
        let wanted = self.filter.with(|filter| filter.trim().to_owned());
        (!wanted.is_empty()).then(|| self.address.with(|address| address.search(wanted).href()))
    }

    /// The address of this folder in the past.
    pub fn past_href(self, past: Past) -> String {
        self.address.with_untracked(|address| address.past(past).href())
    }

    /// The next page, for a browser without script; `None` on the last one.
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

    /// The address with the selection and the filter of now.
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

    /// Writes the selection and the filter into the address as they change.
    pub(super) fn write_address(self) {
        // Without the pause, typing and walking through rows would write the address dozens of times a second.
        let mut write = debounce(WRITE_AFTER, move |href: String| {
            // The page may have changed during the pause, or be about to: to another folder, or to what was searched
            // for, or deleted, in this one.
            let location = window().location();
            let here = location
                .pathname()
                .ok()
                .zip(location.search().ok())
                .and_then(|(pathname, search)| Address::parse(&pathname, &search))
                .filter(|here| here.search.is_none() && here.past.is_none());
            let own = self
                .address
                .try_with_untracked(|address| (address.drive.clone(), address.path.clone()));
            if own.is_some() && own == here.map(|here| (here.drive, here.path)) {
                browser::rewrite_address(&href);
            }
        });
        Effect::new(move |written: Option<String>| {
            let href = self.href();
            if written.is_some_and(|written| written != href) {
                write(href.clone());
            }
            href
        });
    }
}
