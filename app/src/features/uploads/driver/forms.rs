//! The Unicode form in which the names of new files are sent: composed, whatever the browser gives (macOS gives them
//! decomposed). A folder that another program stored decomposed keeps its form; otherwise there would be two folders
//! that look alike.

use std::collections::HashMap;

use super::PickedFile;
use crate::{
    contract::text::{composed, decomposed},
    features::{files, uploads::handle::Target},
};

/// The most folders of one pick that are looked up in storage. Hardly any pick brings more top folders whose two forms
/// differ.
const LOOKED_FOR: usize = 20;

/// A path as it is sent, and its other forms.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Forms {
    pub(super) path: String,
    pub(super) also: Vec<String>,
}

/// The top folders that storage has decomposed, and only so, by their composed names.
#[derive(Default)]
pub(super) struct Decomposed(HashMap<String, bool>);

impl Decomposed {
    /// Looks up in storage which top folders of these paths are decomposed there. A folder counts as composed where storage
    /// does not answer.
    pub(super) async fn look<'a>(target: &Target, paths: impl Iterator<Item = &'a str>) -> Self {
        let mut known = Self::default();
        for path in paths {
            let Some((folder, _)) = path.split_once('/') else {
                continue;
            };
            let folder = composed(folder);
            let other = decomposed(&folder);
            if other == folder || known.0.len() >= LOOKED_FOR || known.0.contains_key(&*folder) {
                continue;
            }
            let holds = async |name: &str| {
                let prefix = format!("{}{name}/", target.prefix);
                files::client::has_objects(prefix, target.bucket.clone())
                    .await
                    .unwrap_or(false)
            };
            let is_decomposed = holds(&other).await && !holds(&folder).await;
            known.0.insert(folder.into_owned(), is_decomposed);
        }
        known
    }

    pub(super) fn forms_of(&self, path: &str) -> Forms {
        let (one, other) = (composed(path), decomposed(path));
        let folder = one.split_once('/').map_or("", |(folder, _)| folder);
        let (sent, other) = if self.0.get(folder).copied().unwrap_or(false) {
            (other, one)
        } else {
            (one, other)
        };
        // The path itself may be in neither form.
        let also = [&*other, path].into_iter().filter(|form| *form != sent);
        let mut also: Vec<_> = also.map(str::to_owned).collect();
        also.dedup();
        Forms {
            also,
            path: sent.into_owned(),
        }
    }
}

/// Paths as the browser gave them.
pub(super) fn paths(picked: &[PickedFile]) -> impl Iterator<Item = &str> {
    picked.iter().map(|picked| picked.path.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(known: &Decomposed, path: &str) -> (String, Vec<String>) {
        let Forms { path, also } = known.forms_of(path);
        (path, also)
    }

    #[test]
    fn new_names_are_composed_and_say_what_else_they_may_be() {
        let known = Decomposed::default();
        assert_eq!(forms(&known, "a/letter.txt"), ("a/letter.txt".to_owned(), vec![]));
        let (one, other) = (
            "caf\u{e9}/\u{e9}.txt".to_owned(),
            "cafe\u{301}/e\u{301}.txt".to_owned(),
        );
        for given in [&one, &other] {
            assert_eq!(forms(&known, given), (one.clone(), vec![other.clone()]));
        }
        let mixed = "caf\u{e9}/e\u{301}.txt";
        assert_eq!(
            forms(&known, mixed),
            (one.clone(), vec![other.clone(), mixed.to_owned()])
        );

        let known = Decomposed([("caf\u{e9}".to_owned(), true)].into());
        assert_eq!(forms(&known, &one), (other, vec![one]));
    }
}
