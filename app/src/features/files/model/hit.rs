//! One thing that a search found: what it is called, where it lies, and which letters were looked for.

use std::{borrow::Cow, ops::Range};

use super::{address::Address, entry::label_of};
use crate::{
    contract::{key::name_of, text::folded},
    features::files::types::ObjectEntry,
};

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

    /// The name as it is shown.
    #[must_use]
    pub fn label(&self) -> Cow<'_, str> {
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

/// Where `text` contains `wanted`, which is folded: in any case and any Unicode form.
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
    // Folding changes lengths, so each letter is noted with its position in the text and in what is compared.
    let mut compared = String::with_capacity(text.len());
    let mut letters = Vec::with_capacity(text.len());
    let mut begun = 0;
    for (at, c) in text.char_indices().skip(1) {
        if is_of_its_own(&text[begun..at], c) {
            letters.push((begun, compared.len()));
            compared.push_str(&folded(&text[begun..at]));
            begun = at;
        }
    }
    letters.push((begun, compared.len()));
    compared.push_str(&folded(&text[begun..]));
    letters.push((text.len(), compared.len()));

    let start = compared.find(wanted)?;
    let end = start + wanted.len();
    let first = letters.iter().rev().find(|(_, compared)| *compared <= start)?.0;
    let after = letters.iter().find(|(_, compared)| *compared >= end)?.0;
    Some(first..after)
}

/// Whether a character begins another letter, instead of being an accent of the one before.
fn is_of_its_own(before: &str, c: char) -> bool {
    let alone = c.to_string();
    c.is_ascii() || folded(&format!("{before}{c}")) == folded(before) + &folded(&alone)
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
        assert_eq!((file.folder.as_str(), &*file.label()), ("a b/", "c#d.txt"));
        assert_eq!(file.href(&from), "/files/a%20b/?details=c%23d.txt");
        assert_eq!(hit("users/u/top").href(&from), "/files/?details=top");
        let folder = hit("users/u/a//b/");
        assert_eq!((folder.folder.as_str(), &*folder.label()), ("a//", "b"));
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
        assert_eq!(parts("Weiße Straße", "strasse"), ("Weiße ", "Straße", ""));
        // In either form, and never without the accent.
        let decomposed = "un cafe\u{301} noir";
        assert_eq!(parts(decomposed, "caf\u{e9}"), ("un ", "cafe\u{301}", " noir"));
        assert_eq!(parts("cafe\u{301} cafe", "cafe"), ("cafe\u{301} ", "cafe", ""));
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_lost(text in "\\PC{0,20}", wanted in "\\PC{0,4}") {
            let Marked { before, found, after } = marked(&text, &folded(&wanted));
            prop_assert_eq!(format!("{before}{found}{after}"), text);
        }

        #[test]
        fn what_is_contained_is_marked(before in "\\PC{0,6}", wanted in "\\PC{1,4}", after in "\\PC{0,6}") {
            let text = format!("{before}{wanted}{after}");
            let wanted = folded(&wanted);
            prop_assume!(!wanted.is_empty() && folded(&text).contains(&wanted));
            let Marked { found, .. } = marked(&text, &wanted);
            prop_assert!(folded(found).contains(&wanted), "{found:?} of {text:?}");
        }
    }
}
