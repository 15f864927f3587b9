//! Collecting the keys that go: a selected file's own, and every key below a selected folder.

use super::{Counts, Deletion, Selected};
use crate::features::files::types::ObjectPage;

/// `list` reads one page of all keys below a prefix; `on_progress` runs after each page.
///
/// # Errors
/// The first of `list`.
pub async fn collect<E>(
    prefix: &str,
    selected: &[Selected],
    list: impl AsyncFn(String, Option<String>) -> Result<ObjectPage, E>,
    on_progress: impl Fn(Counts),
) -> Result<Deletion, E> {
    let mut deletion = Deletion::default();
    for Selected { name, size } in selected {
        let key = format!("{prefix}{name}");
        if !name.ends_with('/') {
            deletion.add_file(key, *size);
            continue;
        }
        deletion.counts.folders += 1;
        let mut token = None;
        loop {
            let page = list(key.clone(), token).await?;
            deletion.add_found(page.objects);
            on_progress(deletion.counts);
            token = page.continuation_token;
            if token.is_none() {
                break;
            }
        }
    }
    on_progress(deletion.counts);
    Ok(deletion)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures::executor::block_on;

    use super::*;
    use crate::features::files::types::ObjectEntry;

    fn selected(name: &str, size: u64) -> Selected {
        let name = name.to_owned();
        Selected { name, size }
    }

    fn page(keys: &[&str], token: Option<&str>) -> ObjectPage {
        let entry = |key: &&str| ObjectEntry {
            key: (*key).to_owned(),
            size: 10,
            last_modified: None,
            etag: String::new(),
            storage_class: String::new(),
            is_folder: false,
        };
        ObjectPage {
            objects: keys.iter().map(entry).collect(),
            prefix: String::new(),
            continuation_token: token.map(str::to_owned),
            has_more: token.is_some(),
        }
    }

    #[test]
    fn every_page_below_every_selected_folder_is_read() {
        let asked = RefCell::new(Vec::new());
        let list = async |prefix: String, token: Option<String>| {
            let answer = match (prefix.as_str(), token.as_deref()) {
                ("u/f/", None) => page(&["u/f/", "u/f/a"], Some("next")),
                ("u/f/", Some("next")) => page(&["u/f/b/c"], None),
                ("u/g/", None) => page(&[], None),
                other => return Err(format!("{other:?}")),
            };
            asked.borrow_mut().push((prefix, token));
            Ok(answer)
        };
        let steps = RefCell::new(Vec::new());
        let names = [selected("f/", 0), selected("x", 7), selected("g/", 0)];
        let deletion = block_on(collect("u/", &names, list, |counts| {
            steps.borrow_mut().push(counts.files);
        }));
        let deletion = deletion.unwrap();
        assert_eq!(deletion.keys, ["u/f/", "u/f/a", "u/f/b/c", "u/x"]);
        let Counts {
            folders,
            files,
            bytes,
        } = deletion.counts;
        assert_eq!((folders, files, bytes), (2, 3, 27));
        assert_eq!(steps.into_inner(), [1, 2, 3, 3]);
        assert_eq!(asked.into_inner().len(), 3);
    }

    #[test]
    fn a_page_that_cannot_be_read_ends_it() {
        let list = async |_, token: Option<String>| match token {
            None => Ok(page(&["u/f/a"], Some("next"))),
            Some(_) => Err("unreadable"),
        };
        let outcome = block_on(collect("u/", &[selected("f/", 0)], list, |_| ()));
        assert_eq!(outcome, Err("unreadable"));
    }
}
