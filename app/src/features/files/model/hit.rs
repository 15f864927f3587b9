//! One thing that a search found: what it is called, where it lies, and which letters were looked for.

use std::ops::Range;

use super::{address::Address, collation::starts_with_folded, listing::label_of};
use crate::{contract::key::name_of, features::files::types::ObjectEntry};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub entry: ObjectEntry,
    /// Below the caller's prefix; a folder's ends in `/`.
    name: String,
    /// The folder that holds it: empty at the top, else ending in `/`.
    pub folder: String,
}

/// A text cut at the letters that were looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked<'a> {
    pub before: &'a str,
    pub found: &'a str,
    pub after: &'a str,
}

impl Hit {
    /// `None` for what is not below `root`.
    #[must_use]
    pub fn new(entry: ObjectEntry, root: &str) -> Option<Self> {
        let path = entry.key.strip_prefix(root)?;
        let name = name_of(path);
        let folder = path.strip_suffix(name)?.to_owned();
        let name = name.to_owned();
        Some(Self { entry, name, folder })
    }

    /// The name without a folder's slash.
    #[must_use]
    pub fn label(&self) -> &str {
        label_of(&self.name)
    }

    /// As the rest of the pages tell kinds.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it can be seen: a folder itself, or a file with its details beside the others of its folder.
    #[must_use]
    pub fn href(&self, from: &Address) -> String {
        if self.entry.is_folder {
            return from.folder(format!("{}{}", self.folder, self.name)).href();
        }
        Address {
            details: Some(self.name.clone()),
            ..from.folder(self.folder.clone())
        }
        .href()
    }
}

/// Where `wanted`, in lower case, begins in `text`, whatever the case there.
#[must_use]
pub fn marked<'a>(text: &'a str, wanted: &str) -> Marked<'a> {
    let found = find_folded(text, wanted).unwrap_or(text.len()..text.len());
    Marked {
        before: &text[..found.start],
        found: &text[found.clone()],
        after: &text[found.end..],
    }
}

fn find_folded(text: &str, wanted: &str) -> Option<Range<usize>> {
    if wanted.is_empty() {
        return None;
    }
    let letters = wanted.chars().count();
    let start = text
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| starts_with_folded(&text[*at..], wanted))?;
    // A capital may become several small letters: it belongs to the match with the first of them.
    let mut seen = 0;
    let end = text[start..]
        .char_indices()
        .find(|(_, c)| {
            let before = seen;
            seen += c.to_lowercase().count();
            before >= letters
        })
        .map_or(text.len(), |(at, _)| start + at);
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hit(key: &str) -> Hit {
        let entry = ObjectEntry {
            key: key.to_owned(),
            size: 1,
            last_modified: None,
            etag: String::new(),
            storage_class: String::new(),
            is_folder: key.ends_with('/'),
        };
        Hit::new(entry, "users/u/").unwrap()
    }

    #[test]
    fn a_hit_leads_to_where_it_can_be_seen() {
        let from = Address::default();
        let file = hit("users/u/a b/c#d.txt");
        assert_eq!((file.folder.as_str(), file.label()), ("a b/", "c#d.txt"));
        assert_eq!(file.href(&from), "/files/a%20b/?details=c%23d.txt");
        assert_eq!(hit("users/u/top").href(&from), "/files/?details=top");
        let folder = hit("users/u/a//b/");
        assert_eq!((folder.folder.as_str(), folder.label()), ("a//", "b"));
        assert_eq!(folder.href(&from), "/files/a//b/");
    }

    #[test]
    fn the_letters_looked_for_are_marked() {
        let parts = |text, wanted| {
            let Marked { before, found, after } = marked(text, wanted);
            (before, found, after)
        };
        assert_eq!(parts("My REPORT.pdf", "report"), ("My ", "REPORT", ".pdf"));
        assert_eq!(parts("Été", "té"), ("É", "té", ""));
        assert_eq!(parts("none", "x"), ("none", "", ""));
        // U+0130 has a small form of two characters.
        assert_eq!(parts("a\u{130}b", "i\u{307}b"), ("a", "\u{130}b", ""));
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_lost(text in "\\PC{0,20}", wanted in "\\PC{0,4}") {
            let Marked { before, found, after } = marked(&text, &wanted.to_lowercase());
            prop_assert_eq!(format!("{before}{found}{after}"), text);
        }
    }
}
