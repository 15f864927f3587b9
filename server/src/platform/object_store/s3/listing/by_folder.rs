//! The versions under a prefix, folder by folder, for storage that does not list names in the order of their bytes.
//!
//! SeaweedFS goes through its folders: what lies in a folder `a` comes before the objects `a b` and `a`, and its pages go on
//! after the last name by its bytes, so that `a b` is passed over. And a page that goes on after `a b` passes over the
//! folder `a`. What can be relied on: an answer to a request without a marker that is the last page already has
//! everything; and in one folder only names of which one is the beginning of the other, and goes on before `/`, can be out
//! of place. Those are asked for by themselves.

use std::collections::{BTreeMap, BTreeSet};

use app::contract::{BucketName, UserPrefix};
use futures::{FutureExt, future::BoxFuture};

use super::{
    super::S3Store,
    page::{Answered, Asked},
};
use crate::platform::object_store::{NamedVersion, StoreError, VersionMarker, VersionsBelow};

/// Versions of a request for one key.
const OF_ONE_KEY: u16 = 1000;

pub(super) struct Walk<'a> {
    store: &'a S3Store,
    bucket: &'a BucketName,
    limit: u16,
    found: Vec<NamedVersion>,
}

/// Where a walk stopped; `None` when it came to the end.
type Stopped = Option<VersionMarker>;

/// What lies in one folder.
enum Entry {
    Object(Vec<NamedVersion>),
    Folder,
    /// The objects and folders whose names begin so and come before what lies in the folder of this name.
    Beside,
}

impl<'a> Walk<'a> {
    pub(super) fn new(store: &'a S3Store, bucket: &'a BucketName, limit: u16) -> Self {
        Self {
            store,
            bucket,
            limit,
            found: Vec::new(),
        }
    }

    pub(super) async fn below(
        mut self,
        prefix: &UserPrefix,
        after: Option<&VersionMarker>,
    ) -> Result<VersionsBelow, StoreError> {
        let next = match after {
            Some(after) => self.level(prefix.as_str(), Some(after), None).await?,
            None => self.folder(prefix.as_str()).await?,
        };
        Ok(VersionsBelow {
            versions: self.found,
            next,
        })
    }

    /// All that begins with `prefix`.
    fn folder<'s>(&'s mut self, prefix: &'s str) -> BoxFuture<'s, Result<Stopped, StoreError>> {
        async move {
            let page = self.ask(prefix, false, None, self.limit).await?;
            if page.next.is_none() {
                self.found.extend(page.versions);
                return Ok(None);
            }
            self.level(prefix, None, None).await
        }
        .boxed()
    }

    /// All that begins with `prefix`, behind `after` and before `until`: the objects and folders of this level, and what
    /// is in the folders.
    fn level<'s>(
        &'s mut self,
        prefix: &'s str,
        after: Option<&'s VersionMarker>,
        until: Option<&'s str>,
    ) -> BoxFuture<'s, Result<Stopped, StoreError>> {
        async move {
            if let Some(after) = after
                && let Some(folder) = folder_of(prefix, &after.key)
                && let Some(stopped) = self.level(folder, Some(after), None).await?
            {
                return Ok(Some(stopped));
            }
            let mut after = after.cloned();
            loop {
                if self.is_full() {
                    return Ok(after);
                }
                let page = self.ask(prefix, true, after.as_ref(), self.limit).await?;
                let next = page.next.clone();
                let entries = self.entries(prefix, page, after.as_ref()).await?;
                for (name, entry) in entries {
                    if until.is_some_and(|until| name.as_str() >= until) {
                        return Ok(None);
                    }
                    match entry {
                        Entry::Object(versions) => {
                            self.found.extend(versions);
                            after = Some(behind(&name, next.as_ref()));
                        }
                        Entry::Folder => {
                            if let Some(stopped) = self.folder(&name).await? {
                                return Ok(Some(stopped));
                            }
                            after = Some(behind(&format!("{name}{}", char::MAX), None));
                        }
                        Entry::Beside => {
                            let within = after.filter(|after| after.key.starts_with(&name));
                            let folder = format!("{name}/");
                            let stopped = self.level(&name, within.as_ref(), Some(&folder)).await?;
                            if stopped.is_some() {
                                return Ok(stopped);
                            }
                            after = Some(behind(&format!("{name}.{}", char::MAX), None));
                        }
                    }
                    if self.is_full() {
                        return Ok(after);
                    }
                }
                if next.is_none() {
                    return Ok(None);
                }
                after = next;
            }
        }
        .boxed()
    }

    /// What a page has of a level, and what it should have besides.
    async fn entries(
        &self,
        prefix: &str,
        page: Answered,
        after: Option<&VersionMarker>,
    ) -> Result<BTreeMap<String, Entry>, StoreError> {
        let is_behind = |name: &str| after.is_none_or(|after| name > after.key.as_str());
        let mut entries = BTreeMap::new();
        for version in page.versions {
            let entry = entries
                .entry(version.key.clone())
                .or_insert_with(|| Entry::Object(Vec::new()));
            if let Entry::Object(versions) = entry {
                versions.push(version);
            }
        }
        // One that the marker lies in is done.
        let folders = page.folders.into_iter().filter(|folder| is_behind(folder));
        entries.extend(folders.map(|folder| (folder, Entry::Folder)));
        let last = entries.keys().next_back().cloned();
        if let Some(after) = after {
            for name in shorter(prefix, &after.key) {
                let folder = format!("{name}/");
                if is_behind(&folder) {
                    entries.entry(folder).or_insert(Entry::Folder);
                }
            }
        }
        let (Some(last), Some(_)) = (last, &page.next) else {
            return Ok(entries);
        };
        for name in shorter(prefix, &last) {
            if is_behind(&name) {
                // The page may have some of its versions only.
                let versions = self.versions_of(&name).await?;
                if !versions.is_empty() {
                    entries.insert(name, Entry::Object(versions));
                }
            }
        }
        // The next page has those behind the last.
        let _ = entries.split_off(&format!("{last}\0"));
        // Storage comes to them after the folder, and the page may have ended between.
        if let Some(name) = last.strip_suffix('/')
            && name != prefix
            && matches!(entries.get(&last), Some(Entry::Folder))
        {
            entries.retain(|key, _| !key.starts_with(name) || *key == last);
            entries.insert(name.to_owned(), Entry::Beside);
        }
        Ok(entries)
    }

    async fn versions_of(&self, key: &str) -> Result<Vec<NamedVersion>, StoreError> {
        let mut versions = Vec::new();
        let mut after = None;
        loop {
            let page = self.ask(key, true, after.as_ref(), OF_ONE_KEY).await?;
            versions.extend(page.versions.into_iter().filter(|version| version.key == key));
            after = page.next.filter(|next| next.key == key);
            if after.is_none() {
                return Ok(versions);
            }
        }
    }

    async fn ask(
        &self,
        prefix: &str,
        folders: bool,
        after: Option<&VersionMarker>,
        limit: u16,
    ) -> Result<Answered, StoreError> {
        let asked = Asked {
            prefix,
            folders,
            after,
            limit,
        };
        self.store.versions_page(self.bucket, asked).await
    }

    fn is_full(&self) -> bool {
        self.found.len() >= self.limit.into()
    }
}

/// The folder directly below `prefix` in which the key lies.
fn folder_of<'k>(prefix: &str, key: &'k str) -> Option<&'k str> {
    let rest = key.strip_prefix(prefix)?;
    let slash = rest.find('/')?;
    Some(&key[..=prefix.len() + slash])
}

/// Behind all versions of this key, or in the middle of them where storage's page ends there.
fn behind(key: &str, next: Option<&VersionMarker>) -> VersionMarker {
    let within = next.filter(|next| next.key == key).cloned();
    within.unwrap_or_else(|| VersionMarker {
        key: key.to_owned(),
        version_id: None,
    })
}

/// The names on this level with which this one begins, and after which it goes on with a character before `/`: what is
/// called so, and what lies in a folder that is called so, may be out of place.
fn shorter(prefix: &str, name: &str) -> BTreeSet<String> {
    let Some(rest) = name.strip_prefix(prefix) else {
        return BTreeSet::new();
    };
    let rest = rest.split('/').next().unwrap_or_default();
    rest.char_indices()
        .filter(|(at, next)| *next < '/' && prefix.len() + at > 0)
        .map(|(at, _)| format!("{prefix}{}", &rest[..at]))
        .filter(|name| !name.ends_with('/'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_be_out_of_place_are_the_beginnings_of_others() {
        for (name, expected) in [
            ("f/a b.txt", &["f/a", "f/a b"][..]),
            ("f/a/b c", &[]),
            ("f/a b/c d", &["f/a"]),
            ("f/.env", &[]),
            ("f/ab", &[]),
            ("f/\u{e9}-1", &["f/\u{e9}"]),
            ("g", &[]),
        ] {
            assert_eq!(shorter("f/", name).iter().collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn a_folder_lies_directly_below() {
        assert_eq!(folder_of("f/", "f/a/b/c"), Some("f/a/"));
        assert_eq!(folder_of("f/", "f/a"), None);
        assert_eq!(folder_of("f/", "g/a"), None);
    }
}
