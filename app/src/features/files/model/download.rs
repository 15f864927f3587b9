//! What is downloaded: one file from storage, anything more as a ZIP.

use super::chosen::{Chosen, Named, TooMany};
use crate::features::files::types_archive::ArchiveRequest;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Download {
    /// The key of a file.
    File(String),
    Archive(ArchiveRequest),
}

impl Chosen {
    /// All of a folder is an archive of the folder, which bears its name.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn download(self) -> Result<Download, TooMany> {
        if let [key] = self.keys.as_slice()
            && !key.ends_with('/')
        {
            return Ok(Download::File(key.clone()));
        }
        let named = if self.is_all() {
            self.as_rest()?
        } else {
            self.named()?
        };
        let Named {
            keys,
            prefixes,
            except,
        } = named;
        Ok(Download::Archive(ArchiveRequest {
            keys,
            prefixes,
            except,
            bucket: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::chosen::Rest, *};
    use crate::features::files::changes::MAX_NAMED;

    fn chosen(keys: &[&str], rest: Option<&str>) -> Result<Download, TooMany> {
        Chosen {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            rest: rest.map(|folder| Rest {
                folder: folder.to_owned(),
                others: Vec::new(),
            }),
        }
        .download()
    }

    fn archive(keys: &[&str], prefixes: &[&str]) -> Result<Download, TooMany> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Ok(Download::Archive(ArchiveRequest {
            keys: owned(keys),
            prefixes: owned(prefixes),
            ..ArchiveRequest::default()
        }))
    }

    #[test]
    fn one_file_comes_as_it_is_and_all_else_as_an_archive() {
        assert_eq!(chosen(&["u/a"], None), Ok(Download::File("u/a".to_owned())));
        assert_eq!(chosen(&["u/a"], Some("u/")), Ok(Download::File("u/a".to_owned())));
        assert_eq!(chosen(&["u/a/"], None), archive(&[], &["u/a/"]));
        assert_eq!(
            chosen(&["u/a", "u/b/", "u/c"], None),
            archive(&["u/a", "u/c"], &["u/b/"])
        );
        assert_eq!(chosen(&["u/a", "u/b/"], Some("u/")), archive(&[], &["u/"]));
    }

    #[test]
    fn a_whole_folder_needs_no_names() {
        let many: Vec<String> = (0..=MAX_NAMED).map(|n| format!("u/{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(chosen(&many, None), Err(TooMany));
        assert_eq!(chosen(&many[1..], None), archive(&many[1..], &[]));
        assert_eq!(chosen(&many, Some("u/")), archive(&[], &["u/"]));
    }
}
