//! One thing that a search found: what it is called, and where it lies.

use std::borrow::Cow;

use super::{address::Address, entry::label_of, words::Words};
use crate::{contract::key::name_of, features::files::types::ObjectEntry};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub entry: ObjectEntry,
    /// Below the caller's prefix; a folder's ends in `/`.
    name: String,
    /// The folder that holds it: empty at the top, else ending in `/`.
    pub folder: String,
    /// Whether its name has all the words, without its folder's.
    pub is_by_name: bool,
}

impl Hit {
    /// `None` for what is not below `root`.
    #[must_use]
    pub fn new(entry: ObjectEntry, root: &str, words: &Words) -> Option<Self> {
        let path = entry.key.strip_prefix(root)?;
        let name = name_of(path);
        Some(Self {
            folder: path.strip_suffix(name)?.to_owned(),
            is_by_name: words.occur_in(name),
            name: name.to_owned(),
            entry,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(key: &str) -> Hit {
        found(key, "")
    }

    fn found(key: &str, words: &str) -> Hit {
        let entry = ObjectEntry {
            key: key.to_owned(),
            size: 1,
            last_modified: None,
            etag: String::new(),
            storage_class: String::new(),
            is_folder: key.ends_with('/'),
        };
        Hit::new(entry, "users/u/", &Words::of(words)).unwrap()
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
    fn a_hit_is_one_by_name_where_its_name_has_all_words() {
        for (key, is_by_name) in [
            ("users/u/a/Harbour map.txt", true),
            ("users/u/harbour/map.txt", false),
            ("users/u/maps/harbour map/", true),
        ] {
            assert_eq!(found(key, "map Harbour").is_by_name, is_by_name, "{key}");
        }
    }
}
