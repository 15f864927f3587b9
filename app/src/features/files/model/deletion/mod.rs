//! A deletion: what it takes away, collected and counted before it is confirmed, and then deleted in batches.

mod collect;
mod run;

pub use collect::collect;
pub use run::{End, Outcome, run};

use std::collections::BTreeSet;

use crate::{
    features::files::types::{MAX_KEYS, ObjectEntry},
    format,
};

/// A selected entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Below the open folder; a folder's ends in `/`.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// The most bytes of keys in one request: the server reads no JSON beyond a mebibyte.
const BATCH_BYTES: usize = 512 * 1024;

/// Cuts what is to be deleted, or taken back, into requests. `length` is that of an item's key.
pub fn batches<T>(items: &[T], length: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = rest
            .iter()
            .take(MAX_KEYS)
            .take_while(|item| {
                bytes += length(item);
                bytes <= BATCH_BYTES
            })
            .count();
        // One alone always goes: no key is longer than a request.
        let (batch, later) = rest.split_at(fits.max(1).min(rest.len()));
        rest = later;
        (!batch.is_empty()).then_some(batch)
    })
}

/// Everything that is going to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    pub keys: Vec<String>,
    pub counts: Counts,
}

/// How much a deletion takes away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Selected folders.
    pub folders: u64,
    /// Files, those inside the folders included. The empty objects that stand for folders do not count.
    pub files: u64,
    pub bytes: u64,
}

impl Deletion {
    fn add_file(&mut self, key: String, size: u64) {
        self.keys.push(key);
        self.counts.files += 1;
        self.counts.bytes += size;
    }

    /// Adds the objects of one page below a selected folder.
    fn add_found(&mut self, objects: impl IntoIterator<Item = ObjectEntry>) {
        for object in objects {
            if object.key.ends_with('/') {
                self.keys.push(object.key);
            } else {
                self.add_file(object.key, object.size);
            }
        }
    }

    /// A file that shows, by having versions or not, whether deleted files can be restored.
    #[must_use]
    pub fn sample(&self) -> Option<&str> {
        let mut files = self.keys.iter().filter(|key| !key.ends_with('/'));
        files.next().map(String::as_str)
    }
}

impl Counts {
    /// `1 folder: 12 files in all, 3.4 MiB`
    #[must_use]
    pub fn summary(self) -> String {
        let files = format::count(self.files, "file", "files");
        let bytes = format::bytes(self.bytes);
        match (self.folders, self.files) {
            (0, _) => format!("{files}, {bytes}"),
            (1, 0) => "1 empty folder".to_owned(),
            (folders, 0) => format!("{} empty folders", format::grouped(folders)),
            (1, _) => format!("1 folder: {files} in all, {bytes}"),
            (folders, _) => format!("{} folders: {files} in all, {bytes}", format::grouped(folders)),
        }
    }

    /// The text of the button that deletes.
    #[must_use]
    pub fn button(self) -> String {
        match (self.folders, self.files) {
            (0, files) => format!("Delete {}", format::count(files, "file", "files")),
            (folders, 0) => format!("Delete {}", format::count(folders, "folder", "folders")),
            (folders, files) => format!(
                "Delete {} with {}",
                format::count(folders, "folder", "folders"),
                format::count(files, "file", "files")
            ),
        }
    }
}

/// The names of the selected entries that are deleted whole: no key of theirs (below `prefix`) is among those `left`.
#[must_use]
pub fn wholly_deleted(prefix: &str, selected: &[Selected], left: &[String]) -> Vec<String> {
    let left: BTreeSet<&str> = left.iter().map(String::as_str).collect();
    let remains = |name: &str| {
        let key = format!("{prefix}{name}");
        // The first key at or after a folder's own is inside it, if any is.
        let next = left.range(key.as_str()..).next();
        next.is_some_and(|next| {
            if key.ends_with('/') {
                next.starts_with(&key)
            } else {
                *next == key
            }
        })
    };
    let names = selected.iter().map(|entry| &entry.name);
    names.filter(|name| !remains(name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stays_while_anything_in_it_does() {
        let names = ["a", "f/", "f.txt", "g/"].map(|name| Selected {
            name: name.to_owned(),
            size: 0,
        });
        let left = ["u/f/x".to_owned(), "u/f.txt".to_owned(), "u/aa".to_owned()];
        assert_eq!(wholly_deleted("u/", &names, &left), ["a", "g/"]);
        assert_eq!(wholly_deleted("u/", &names, &[]).len(), 4);
    }

    #[test]
    fn a_request_holds_a_thousand_keys_or_half_a_mebibyte_of_them() {
        let sizes = |keys: &[String]| batches(keys, String::len).map(<[_]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(&vec!["k".to_owned(); 2001]), [1000, 1000, 1]);
        assert_eq!(sizes(&vec!["k".repeat(1024); 600]), [512, 88]);
        assert_eq!(sizes(&["k".repeat(BATCH_BYTES + 1)]), [1]);
        assert!(sizes(&[]).is_empty());
    }

    fn found(key: &str, size: u64) -> ObjectEntry {
        ObjectEntry {
            key: key.to_owned(),
            size,
            last_modified: None,
            etag: String::new(),
            storage_class: String::new(),
            is_folder: false,
        }
    }

    #[test]
    fn counts_files_and_takes_the_folders_own_objects_along() {
        let mut deletion = Deletion::default();
        deletion.counts.folders = 1;
        deletion.add_found([
            found("u/a/", 0),
            found("u/a/x", 1024),
            found("u/a/b/", 0),
            found("u/a/b/y", 1024),
        ]);
        deletion.add_file("u/z".to_owned(), 1024);
        assert_eq!(deletion.keys.len(), 5);
        assert_eq!(deletion.counts.summary(), "1 folder: 3 files in all, 3.0 KiB");
        assert_eq!(deletion.counts.button(), "Delete 1 folder with 3 files");
        assert_eq!(deletion.sample(), Some("u/a/x"));
    }

    #[test]
    fn says_it_plainly() {
        let mut files = Deletion::default();
        files.add_file("a".to_owned(), 10);
        assert_eq!(
            (files.counts.summary(), files.counts.button()),
            ("1 file, 10 B".to_owned(), "Delete 1 file".to_owned())
        );
        let empty = Counts {
            folders: 2,
            ..Counts::default()
        };
        assert_eq!(empty.summary(), "2 empty folders");
        assert_eq!(empty.button(), "Delete 2 folders");
        assert_eq!(Deletion::default().sample(), None);
    }
}
