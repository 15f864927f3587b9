//! The chosen entries of a folder, and how requests name them: one by one, or as the folder without the others.

use crate::features::files::changes::MAX_NAMED;

/// Entries of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Whole keys; a folder's ends in `/`.
    pub keys: Vec<String>,
    /// The folder and its other entries, if the whole folder is known.
    pub rest: Option<Rest>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// A whole prefix.
    pub folder: String,
    /// Whole keys; a folder's ends in `/`.
    pub others: Vec<String>,
}

/// What a request names: at most 1,000 in each list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub keys: Vec<String>,
    pub prefixes: Vec<String>,
    /// Keys and prefixes below the only prefix that are left out.
    pub except: Vec<String>,
}

/// Neither the chosen entries nor the others fit into one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Select at most 1,000 files and 1,000 folders, or all but as many.")]
pub struct TooMany;

impl Chosen {
    #[must_use]
    pub fn one(key: String) -> Self {
        Self {
            keys: vec![key],
            rest: None,
        }
    }

    /// Whether all entries of the folder are chosen.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.rest.as_ref().is_some_and(|rest| rest.others.is_empty())
    }

    /// Names the entries one by one where that fits, else as the folder without the others.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn named(&self) -> Result<Named, TooMany> {
        let folders = self.keys.iter().filter(|key| key.ends_with('/')).count();
        if folders <= MAX_NAMED && self.keys.len() - folders <= MAX_NAMED {
            let (prefixes, keys) = self.keys.iter().cloned().partition(|key| key.ends_with('/'));
            return Ok(Named {
                keys,
                prefixes,
                except: Vec::new(),
            });
        }
        self.as_rest()
    }

    /// Names the entries as the folder without the others, where that fits.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn as_rest(&self) -> Result<Named, TooMany> {
        let rest = self.rest.as_ref().filter(|rest| rest.others.len() <= MAX_NAMED);
        rest.map_or(Err(TooMany), |rest| {
            Ok(Named {
                keys: Vec::new(),
                prefixes: vec![rest.folder.clone()],
                except: rest.others.clone(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|n| format!("u/{n}")).collect()
    }

    fn chosen(keys: Vec<String>, others: Option<Vec<String>>) -> Chosen {
        let folder = "u/".to_owned();
        Chosen {
            keys,
            rest: others.map(|others| Rest { folder, others }),
        }
    }

    #[test]
    fn few_are_named_one_by_one() {
        let some = chosen(vec!["u/a".to_owned(), "u/b/".to_owned()], Some(Vec::new()));
        let named = some.named().unwrap();
        assert_eq!(
            (named.keys, named.prefixes),
            (vec!["u/a".to_owned()], vec!["u/b/".to_owned()])
        );
        assert!(named.except.is_empty() && some.is_all());
        assert_eq!(some.as_rest().unwrap().prefixes, ["u/"]);
    }

    #[test]
    fn many_are_the_folder_without_the_rest() {
        let many = numbers(0..MAX_NAMED + 1);
        assert_eq!(chosen(many.clone(), None).named(), Err(TooMany));
        let named = chosen(many.clone(), Some(numbers(5000..5002))).named().unwrap();
        assert_eq!(named.prefixes, ["u/"]);
        assert_eq!(named.except, ["u/5000", "u/5001"]);
        let too_many = chosen(many, Some(numbers(5000..5000 + MAX_NAMED + 1)));
        assert_eq!(too_many.named(), Err(TooMany));
    }
}
