//! How much a deletion deletes, in words.

use crate::{features::files::types_stored::Usage, format};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Selected folders.
    pub folders: u64,
    /// Files, those inside the folders included. The empty objects that stand for folders do not count.
    pub files: u64,
    pub bytes: u64,
    /// Folders whose content was not counted.
    pub uncounted: u64,
}

impl Counts {
    pub fn add_file(&mut self, size: u64) {
        self.files += 1;
        self.bytes += size;
    }

    /// The content of a selected folder.
    pub fn add_inside(&mut self, usage: &Usage) {
        self.files += usage.objects - usage.folder_markers.min(usage.objects);
        self.bytes += usage.bytes;
    }

    /// `1 folder: 12 files in all, 3.4 MiB`
    #[must_use]
    pub fn summary(self) -> String {
        let files = format::count(self.files, "file", "files");
        let bytes = format::bytes(self.bytes);
        let folders = format::count(self.folders, "folder", "folders");
        match (self.folders, self.files) {
            (0, _) => format!("{files}, {bytes}"),
            (_, 0) if self.uncounted > 0 => format!("{folders} with all that is inside"),
            _ if self.uncounted > 0 => format!("{folders} with all that is inside, and {files}"),
            (1, 0) => "1 empty folder".to_owned(),
            (folders, 0) => format!("{} empty folders", format::grouped(folders)),
            _ => format!("{folders}: {files} in all, {bytes}"),
        }
    }

    /// The text of the button that deletes.
    #[must_use]
    pub fn button(self) -> String {
        let files = format::count(self.files, "file", "files");
        let folders = format::count(self.folders, "folder", "folders");
        match (self.folders, self.files) {
            (0, _) => format!("Delete {files}"),
            (_, 0) => format!("Delete {folders}"),
            _ if self.uncounted > 0 => format!("Delete {folders} and {files}"),
            _ => format!("Delete {folders} with {files}"),
        }
    }

    /// What was deleted: `3 files`, `2 folders`.
    #[must_use]
    pub fn things(self) -> String {
        match (self.folders, self.files) {
            (folders, 0) if folders > 0 => format::count(folders, "folder", "folders"),
            _ if self.uncounted > 0 => {
                let folders = format::count(self.folders, "folder", "folders");
                format!("{folders} and {}", format::count(self.files, "file", "files"))
            }
            (_, files) => format::count(files, "file", "files"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(objects: u64, folder_markers: u64, bytes: u64) -> Usage {
        Usage {
            objects,
            folder_markers,
            bytes,
            ..Usage::default()
        }
    }

    #[test]
    fn a_folders_own_object_is_no_file() {
        let mut counts = Counts {
            folders: 1,
            ..Counts::default()
        };
        counts.add_inside(&inside(4, 2, 2048));
        counts.add_file(1024);
        assert_eq!(counts.summary(), "1 folder: 3 files in all, 3.0 KiB");
        assert_eq!(counts.button(), "Delete 1 folder with 3 files");
        assert_eq!(counts.things(), "3 files");
    }

    #[test]
    fn says_it_plainly() {
        let mut file = Counts::default();
        file.add_file(10);
        assert_eq!(
            (file.summary(), file.button()),
            ("1 file, 10 B".to_owned(), "Delete 1 file".to_owned())
        );
        let empty = Counts {
            folders: 2,
            ..Counts::default()
        };
        assert_eq!(empty.summary(), "2 empty folders");
        assert_eq!(
            (empty.button(), empty.things()),
            ("Delete 2 folders".to_owned(), "2 folders".to_owned())
        );
        let mut many = Counts {
            folders: 40,
            uncounted: 40,
            ..Counts::default()
        };
        assert_eq!(many.summary(), "40 folders with all that is inside");
        many.add_file(10);
        assert_eq!(many.summary(), "40 folders with all that is inside, and 1 file");
        assert_eq!(many.button(), "Delete 40 folders and 1 file");
        assert_eq!(many.things(), "40 folders and 1 file");
    }
}
