//! The words and filters of a search: which entries are hits.

use app::{
    contract::{Timestamp, UserPrefix, key::name_of},
    features::files::{
        model::{kind::FileKind, words::Words},
        types::{EntryKind, SearchQuery},
    },
};

use crate::{features::files::error::FileError, platform::object_store::ListedObject};

const MAX_QUERY_CHARS: usize = 256;

#[derive(Clone, Debug)]
pub(super) struct Wanted {
    words: Words,
    kind: Option<EntryKind>,
    min_size: Option<u64>,
    max_size: Option<u64>,
    modified_after: Option<Timestamp>,
    modified_before: Option<Timestamp>,
    /// Where in a key the compared path begins.
    path_at: usize,
}

impl Wanted {
    pub(super) fn new(query: &SearchQuery, prefix: &UserPrefix) -> Result<Self, FileError> {
        let words = Words::of(&query.query);
        if words.is_empty() {
            return Err(FileError::invalid("query", "must not be empty"));
        }
        if query.query.chars().count() > MAX_QUERY_CHARS {
            return Err(FileError::invalid(
                "query",
                format!("must not be longer than {MAX_QUERY_CHARS} characters"),
            ));
        }
        if let (Some(least), Some(most)) = (query.min_size, query.max_size)
            && least > most
        {
            return Err(FileError::invalid("max_size", "must not be less than min_size"));
        }
        if let (Some(first), Some(end)) = (query.modified_after, query.modified_before)
            && first >= end
        {
            return Err(FileError::invalid(
                "modified_before",
                "must be later than modified_after",
            ));
        }
        Ok(Self {
            words,
            kind: query.kind,
            min_size: query.min_size,
            max_size: query.max_size,
            modified_after: query.modified_after,
            modified_before: query.modified_before,
            // A prefix may end inside a name, which counts as a whole.
            path_at: prefix.as_str().rfind('/').map_or(0, |slash| slash + 1),
        })
    }

    /// The rest of the scope of this search's tokens.
    pub(super) fn scope(&self) -> String {
        let words: Vec<&str> = self.words.iter().collect();
        format!(
            "{words:?} {:?} {:?} {:?} {:?} {:?}",
            self.kind, self.min_size, self.max_size, self.modified_after, self.modified_before
        )
    }

    pub(super) fn has(&self, object: &ListedObject) -> bool {
        if object.key.ends_with('/') {
            return self.has_folder(&object.key);
        }
        self.min_size.is_none_or(|least| object.size >= least)
            && self.max_size.is_none_or(|most| object.size <= most)
            && self.is_of_its_time(object.last_modified)
            && self.has_key(&object.key)
    }

    /// Whether a folder, named with its closing slash, is a hit. It has neither size nor time.
    pub(super) fn has_folder(&self, folder: &str) -> bool {
        self.min_size.is_none()
            && self.max_size.is_none()
            && self.modified_after.is_none()
            && self.modified_before.is_none()
            && self.has_key(folder)
    }

    fn is_of_its_time(&self, modified: Option<Timestamp>) -> bool {
        self.modified_after
            .is_none_or(|first| modified.is_some_and(|modified| modified >= first))
            && self
                .modified_before
                .is_none_or(|end| modified.is_some_and(|modified| modified < end))
    }

    fn has_key(&self, key: &str) -> bool {
        self.kind
            .is_none_or(|kind| FileKind::of_name(name_of(key)).entry_kind() == kind)
            && key
                .get(self.path_at..)
                .is_some_and(|path| self.words.occur_in(path))
    }
}
