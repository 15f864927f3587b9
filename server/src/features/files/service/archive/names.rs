//! The names of files and folders in an archive. Every program unpacks them below the chosen folder, each to a file of
//! its own.
//!
//! Names that differ only in case or in Unicode's normal form are the same to Windows and macOS, where the second file
//! would replace the first. So the second one gets a number.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use app::{contract::text::folded, format::visible::reorders};

/// The names given so far. Only hashes are stored: a collision costs a number in a name.
#[derive(Default)]
pub(super) struct Names {
    hasher: RandomState,
    files: HashSet<u64>,
    folders: HashSet<u64>,
    /// Folders with another name in the archive, by their paths with the last slash.
    renamed: HashMap<String, String>,
    renamed_bytes: usize,
    /// By the hash of a name that was taken: the number to try next.
    numbers: HashMap<u64, u32>,
    /// The folder of the last name, and its name in the archive.
    last: (String, String),
}

impl Names {
    /// The name of the file at `path`, below the folder that is packed.
    pub(super) fn file(&mut self, path: &str) -> String {
        let start = path.rfind('/').map_or(0, |slash| slash + 1);
        let (folder, name) = path.split_at(start);
        let folder = self.folder(folder);
        let wanted = format!("{folder}{}", safe(name, folder.is_empty()));
        let (name, hash) = self.free(wanted, |names, hash| {
            names.files.contains(&hash) || names.folders.contains(&hash)
        });
        self.files.insert(hash);
        name
    }

    /// The name of the folder at `path`, which ends in `/`; of the empty path, that of the archive itself. The same
    /// folder is called the same each time.
    pub(super) fn folder(&mut self, path: &str) -> String {
        if path.is_empty() {
            return String::new();
        }
        if self.last.0 == path {
            return self.last.1.clone();
        }
        let name = match self.renamed.get(path) {
            Some(name) => name.clone(),
            None => self.new_folder(path),
        };
        self.last = (path.to_owned(), name.clone());
        name
    }

    fn new_folder(&mut self, path: &str) -> String {
        let body = path.strip_suffix('/').unwrap_or(path);
        let start = body.rfind('/').map_or(0, |slash| slash + 1);
        let (parent, own) = body.split_at(start);
        let parent = self.folder(parent);
        let wanted = format!("{parent}{}", safe(own, parent.is_empty()));
        // Two folders of one name become one when they are unpacked, which does no harm.
        let (mut name, hash) = self.free(wanted.clone(), |names, hash| names.files.contains(&hash));
        self.folders.insert(hash);
        let is_renamed = name != wanted;
        name.push('/');
        if is_renamed {
            self.renamed_bytes += path.len() + name.len();
            self.renamed.insert(path.to_owned(), name.clone());
        }
        name
    }

    /// The name itself or, if it is taken, the first free one with a number; with its hash.
    fn free(&mut self, wanted: String, is_taken: impl Fn(&Self, u64) -> bool) -> (String, u64) {
        let first = self.hash(&wanted);
        if !is_taken(self, first) {
            return (wanted, first);
        }
        let mut number = self.numbers.get(&first).copied().unwrap_or(2);
        loop {
            let name = numbered(&wanted, number);
            let hash = self.hash(&name);
            number += 1;
            if !is_taken(self, hash) {
                self.numbers.insert(first, number);
                return (name, hash);
            }
        }
    }

    fn hash(&self, name: &str) -> u64 {
        self.hasher.hash_one(folded(name))
    }

    /// Bytes, roughly: a table of hashes has room for a seventh more, and a byte for each.
    pub(super) fn memory(&self) -> usize {
        let slots = self.files.capacity() + self.folders.capacity();
        slots * 10 + self.numbers.capacity() * 19 + self.renamed.capacity() * 56 + self.renamed_bytes
    }
}

/// `a/b.tar (2).gz`: before the ending of the last segment.
fn numbered(name: &str, number: u32) -> String {
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[start..].rfind('.') {
        Some(dot) if dot > 0 => {
            let (stem, ending) = name.split_at(start + dot);
            format!("{stem} ({number}){ending}")
        }
        _ => format!("{name} ({number})"),
    }
}

/// A segment without the characters that make it a path or a drive, or let it look like another name.
fn safe(segment: &str, is_first: bool) -> String {
    match segment {
        "" | "." => return "_".to_owned(),
        ".." => return "__".to_owned(),
        _ => {}
    }
    let is_drive =
        is_first && matches!(segment.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let replaced = |(at, c): (usize, char)| match c {
        '\\' => '_',
        ':' if is_drive && at == 1 => '_',
        c if c.is_control() || reorders(c) => '_',
        c => c,
    };
    segment.char_indices().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn given(paths: &[&str]) -> Vec<String> {
        let mut names = Names::default();
        let name = |path: &&str| {
            if path.ends_with('/') {
                names.folder(path)
            } else {
                names.file(path)
            }
        };
        paths.iter().map(name).collect()
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        let paths = [
            "a b/",
            "a b/100%.txt",
            "a b/..a",
            "a b/12:30.log",
            "a b/\u{e9}",
            "a b/🎉",
            "-rf",
            ".profile",
        ];
        assert_eq!(given(&paths), paths);
    }

    #[test]
    fn security_30_no_name_leads_out_of_the_folder_that_it_is_unpacked_in() {
        for (path, name) in [
            ("../x", "__/x"),
            ("a/../../x", "a/__/__/x"),
            ("/etc/passwd", "_/etc/passwd"),
            ("//server/share", "_/_/server/share"),
            ("..\\..\\x", ".._.._x"),
            ("C:\\x", "C__x"),
            ("c:x", "c_x"),
            ("a/.", "a/_"),
            ("a/b\r\nc", "a/b__c"),
            ("a\u{0}b", "a_b"),
            ("\u{202e}gpj.exe", "_gpj.exe"),
        ] {
            assert_eq!(given(&[path]), [name], "{path:?}");
        }
        assert_eq!(given(&["a//", "a//b"]), ["a/_/", "a/_/b"]);
    }

    #[test]
    fn security_30_names_that_some_system_takes_for_one_get_numbers() {
        for (paths, names) in [
            (["a\\b", "a_b"], ["a_b", "a_b (2)"]),
            (["A.txt", "a.txt"], ["A.txt", "a (2).txt"]),
            (["caf\u{e9}", "cafe\u{301}"], ["caf\u{e9}", "cafe\u{301} (2)"]),
            (["x/.a", "x/.A"], ["x/.a", "x/.A (2)"]),
            (["a.tar.gz", "A.tar.gz"], ["a.tar.gz", "A.tar (2).gz"]),
            // A file and a folder cannot both have a name.
            (["a", "a/b"], ["a", "a (2)/b"]),
            (["A/b", "a"], ["A/b", "a (2)"]),
            (["A/", "a"], ["A/", "a (2)"]),
            // Folders can.
            (["A/x", "a/y"], ["A/x", "a/y"]),
            (["A/x", "a/X"], ["A/x", "a/X (2)"]),
        ] {
            assert_eq!(given(&paths), names, "{paths:?}");
        }
        let many = ["n", "n (2)", "N", "N (2)", "\u{e0}", "\u{c0}", "a\u{300}"];
        let numbered = [
            "n",
            "n (2)",
            "N (3)",
            "N (2) (2)",
            "\u{e0}",
            "\u{c0} (2)",
            "a\u{300} (3)",
        ];
        assert_eq!(given(&many), numbered);
        let inside = ["a", "a/b", "a/c/", "a/c/d", "e", "a/f"];
        let moved = ["a", "a (2)/b", "a (2)/c/", "a (2)/c/d", "e", "a (2)/f"];
        assert_eq!(given(&inside), moved);
    }

    #[test]
    fn names_that_are_all_the_same_do_not_take_for_ever() {
        let mut names = Names::default();
        for n in 0..20_000_u32 {
            // Capitals by the bits of a number: all fold to one name.
            let name: String = (0..16)
                .map(|bit| if n >> bit & 1 == 1 { 'A' } else { 'a' })
                .collect();
            names.file(&name);
        }
        assert!(names.file("aaaaaaaaaaaaaaaa").ends_with(" (20001)"));
    }

    proptest! {
        #[test]
        fn security_30_whatever_the_keys_are(paths in prop::collection::vec("[aAé./\\\\:\u{1}\u{202e}]{1,8}", 0..40)) {
            let mut names = Names::default();
            let mut taken = HashSet::new();
            for path in paths.iter().collect::<std::collections::BTreeSet<_>>() {
                let name = if path.ends_with('/') { names.folder(path) } else { names.file(path) };
                prop_assert!(!name.starts_with('/') && !name.contains('\\') && !name.contains(char::is_control), "{}", name);
                let segments = name.strip_suffix('/').unwrap_or(&name).split('/');
                prop_assert!(segments.clone().all(|s| !matches!(s, "" | "." | "..")), "{}", name);
                let is_drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
                prop_assert!(!is_drive, "{}", name);
                if !path.ends_with('/') {
                    prop_assert!(taken.insert(folded(&name)), "{} twice", name);
                }
            }
        }
    }
}
