//! Copying and moving from folder to folder.

use super::{
    chosen::{Chosen, TooMany},
    entry::label_of,
};
use crate::{
    contract::key::name_of,
    features::files::changes::{MAX_NAMED, NameTaken, TransferRequest},
    format,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    Copy,
    Move,
}

impl Transfer {
    /// `Move`
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Copy => "Copy",
            Self::Move => "Move",
        }
    }

    /// `moved`
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Copy => "copied",
            Self::Move => "moved",
        }
    }
}

/// `“a.txt”`, `3 items`
#[must_use]
pub fn things(keys: &[String]) -> String {
    match keys {
        [key] => format!("“{}”", label_of(name_of(key))),
        keys => format::count(keys.len() as u64, "item", "items"),
    }
}

/// With a capital letter, for the beginning of a sentence.
#[must_use]
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// Into the folder `destination`, a whole prefix.
///
/// # Errors
/// [`TooMany`].
pub fn request(
    chosen: &Chosen,
    destination: String,
    on_conflict: NameTaken,
) -> Result<TransferRequest, TooMany> {
    let named = if chosen.keys.len() <= MAX_NAMED {
        TransferRequest {
            sources: Some(chosen.keys.clone()),
            ..TransferRequest::default()
        }
    } else {
        let rest = chosen.as_rest()?;
        TransferRequest {
            source: rest.prefixes.into_iter().next(),
            except: rest.except,
            contents: true,
            ..TransferRequest::default()
        }
    };
    Ok(TransferRequest {
        destination,
        on_conflict,
        ..named
    })
}

#[cfg(test)]
mod tests {
    use super::{super::chosen::Rest, *};

    #[test]
    fn few_are_sources_and_many_are_the_folder_without_the_rest() {
        let keys = vec!["u/a/b.txt".to_owned(), "u/a/c/".to_owned()];
        let mut chosen = Chosen {
            keys,
            rest: Some(Rest {
                folder: "u/a/".to_owned(),
                others: vec!["u/a/d".to_owned()],
            }),
        };
        let few = request(&chosen, "u/d/".to_owned(), NameTaken::KeepBoth).unwrap();
        assert_eq!(few.sources.as_deref(), Some(chosen.keys.as_slice()));
        assert_eq!((few.source, few.destination.as_str()), (None, "u/d/"));
        chosen.keys = (0..=MAX_NAMED).map(|n| format!("u/a/{n}")).collect();
        let many = request(&chosen, "u/d/".to_owned(), NameTaken::Skip).unwrap();
        assert_eq!((many.source.as_deref(), many.sources), (Some("u/a/"), None));
        assert_eq!(
            (many.except, many.on_conflict),
            (vec!["u/a/d".to_owned()], NameTaken::Skip)
        );
        chosen.rest = None;
        assert_eq!(request(&chosen, "u/d/".to_owned(), NameTaken::Skip), Err(TooMany));
    }

    #[test]
    fn one_thing_is_named_and_several_are_counted() {
        assert_eq!(things(&["u/a/Photos/".to_owned()]), "“Photos”");
        assert_eq!(things(&["u/a".to_owned(), "u/b".to_owned()]), "2 items");
    }
}
