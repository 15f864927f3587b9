//! The selection of an archive: objects and folders of one scope, each once, and the folder that their names are
//! relative to.

use std::collections::HashSet;

use app::{
    contract::{UserKey, UserPrefix},
    features::files::types_archive::{ArchiveRequest, MAX_SELECTED},
};

use crate::features::{
    files::error::FileError,
    scopes::{Access, Scope, ScopeError},
};

/// The name of an archive of all files of a person.
const UNNAMED: &str = "files";

pub(super) struct Selection {
    /// In the order of their keys. No two cover the same object.
    pub(super) sources: Vec<Source>,
    except_keys: HashSet<String>,
    except_folders: Vec<String>,
    /// Names in the archive are relative to this folder. Empty, or ending in `/`.
    pub(super) base: String,
    /// The archive's name without its ending: that of the base folder.
    pub(super) title: String,
}

pub(super) enum Source {
    Object(UserKey),
    Below(UserPrefix),
}

impl Source {
    fn as_str(&self) -> &str {
        match self {
            Self::Object(key) => key.as_str(),
            Self::Below(prefix) => prefix.as_str(),
        }
    }

    /// The root of the grant that the selection lies in.
    fn root(&self) -> &str {
        let (whole, path) = match self {
            Self::Object(key) => (key.as_str(), key.path()),
            Self::Below(prefix) => (prefix.as_str(), prefix.path()),
        };
        &whole[..whole.len() - path.len()]
    }

    /// The folder that contains it. The root contains itself, since nothing above it can be reached.
    fn parent(&self) -> &str {
        let whole = self.as_str();
        let parent = folder_of(whole.strip_suffix('/').unwrap_or(whole));
        if parent.len() < self.root().len() {
            self.root()
        } else {
            parent
        }
    }
}

impl Selection {
    /// The caller must be allowed to read all of it.
    pub(super) fn read(scope: &Scope, request: &ArchiveRequest) -> Result<Self, FileError> {
        for (field, named) in [
            ("keys", &request.keys),
            ("prefixes", &request.prefixes),
            ("except", &request.except),
        ] {
            if named.len() > MAX_SELECTED {
                return Err(FileError::invalid(
                    field,
                    format!("must not name more than {MAX_SELECTED}"),
                ));
            }
        }
        if request.keys.is_empty() && request.prefixes.is_empty() {
            return Err(FileError::invalid(
                "keys",
                "must name a file, or prefixes a folder",
            ));
        }
        let keys = |field: &'static str, raw: &[String]| {
            let keys = raw.iter().map(|raw| scope.key(field, raw, Access::READ));
            keys.collect::<Result<Vec<_>, ScopeError>>()
        };
        let below = Access::LIST | Access::READ;
        let prefixes = request.prefixes.iter();
        let prefixes = prefixes.map(|raw| scope.prefix("prefixes", Some(raw), below));
        Ok(Self::of(
            keys("keys", &request.keys)?,
            prefixes.collect::<Result<Vec<_>, _>>()?,
            keys("except", &request.except)?,
        ))
    }

    fn of(mut keys: Vec<UserKey>, mut prefixes: Vec<UserPrefix>, except: Vec<UserKey>) -> Self {
        prefixes.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        // In this order a prefix comes before all that it covers.
        prefixes.dedup_by(|next, kept| next.as_str().starts_with(kept.as_str()));
        keys.retain(|key| !prefixes.iter().any(|prefix| prefix.contains(key)));
        let objects = keys.into_iter().map(Source::Object);
        let mut sources: Vec<Source> = objects.chain(prefixes.into_iter().map(Source::Below)).collect();
        sources.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        sources.dedup_by(|next, kept| next.as_str() == kept.as_str());
        let base = base(&sources);
        let (folders, objects): (Vec<_>, Vec<_>) = except.into_iter().partition(UserKey::is_folder_marker);
        let owned = |key: UserKey| key.as_str().to_owned();
        Self {
            title: title(&base, &sources),
            base,
            sources,
            except_keys: objects.into_iter().map(owned).collect(),
            except_folders: folders.into_iter().map(owned).collect(),
        }
    }

    pub(super) fn leaves_out(&self, key: &str) -> bool {
        self.except_keys.contains(key) || self.except_folders.iter().any(|folder| key.starts_with(folder))
    }
}

/// A folder that is packed alone is the base itself. Of several things it is the deepest folder that all of them lie
/// in.
fn base(sources: &[Source]) -> String {
    let base = match sources {
        [Source::Below(alone)] => folder_of(alone.as_str()),
        _ => sources
            .iter()
            .map(Source::parent)
            .reduce(shared_folder)
            .unwrap_or_default(),
    };
    base.to_owned()
}

fn title(base: &str, sources: &[Source]) -> String {
    let root = sources.first().map_or("", Source::root);
    let folder = base.strip_prefix(root).unwrap_or_default().trim_end_matches('/');
    let own = folder.rsplit('/').next().unwrap_or_default();
    if own.is_empty() { UNNAMED } else { own }.to_owned()
}

/// Up to the last slash.
fn folder_of(text: &str) -> &str {
    text.rfind('/').map_or("", |slash| &text[..=slash])
}

fn shared_folder<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    folder_of(&one[..one.floor_char_boundary(same)])
}

#[cfg(test)]
mod tests {
    use app::contract::{KeyRoot, UserId};

    use super::*;

    const ROOT: &str = "users/018f0000-0000-7000-8000-000000000001/";

    fn home() -> KeyRoot {
        let user: UserId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        KeyRoot::home(user)
    }

    fn selected(keys: &[&str], prefixes: &[&str], except: &[&str]) -> Selection {
        let key = |path: &&str| home().key(format!("{ROOT}{path}")).unwrap();
        let prefix = |path: &&str| home().prefix(format!("{ROOT}{path}")).unwrap();
        Selection::of(
            keys.iter().map(key).collect(),
            prefixes.iter().map(prefix).collect(),
            except.iter().map(key).collect(),
        )
    }

    /// The sources and the base, below the root.
    fn read(selection: &Selection) -> (Vec<&str>, &str) {
        let below = |text: &'_ str| -> usize { text.strip_prefix(ROOT).map_or(0, |_| ROOT.len()) };
        let sources = selection.sources.iter().map(Source::as_str);
        (
            sources.map(|source| &source[below(source)..]).collect(),
            &selection.base[below(&selection.base)..],
        )
    }

    #[test]
    fn everything_is_packed_once_and_below_what_is_common_to_all() {
        for (keys, prefixes, sources, base, title) in [
            (&["a/b"][..], &[][..], &["a/b"][..], "a/", "a"),
            (&["b", "a", "b"], &[], &["a", "b"], "", "files"),
            (&["x/a/1", "x/ab/2"], &[], &["x/a/1", "x/ab/2"], "x/", "x"),
            (&[], &["a/"], &["a/"], "a/", "a"),
            (&[], &["a/b/"], &["a/b/"], "a/b/", "b"),
            (&[], &["a/b"], &["a/b"], "a/", "a"),
            (&[], &[""], &[""], "", "files"),
            (&[], &["a/", "b/"], &["a/", "b/"], "", "files"),
            (&[], &["x/a/", "x/a/b/", "x/a/"], &["x/a/"], "x/a/", "a"),
            (&["x/a/1", "x/c"], &["x/a/"], &["x/a/", "x/c"], "x/", "x"),
            (&["x/a"], &["x/a/"], &["x/a", "x/a/"], "x/", "x"),
            (&["a"], &[""], &[""], "", "files"),
            (&["é/1", "è/1"], &[], &["è/1", "é/1"], "", "files"),
            (&["a//b", "a//c"], &[], &["a//b", "a//c"], "a//", "a"),
        ] {
            let selection = selected(keys, prefixes, &[]);
            let found = read(&selection);
            assert_eq!(
                (found.0.as_slice(), found.1),
                (sources, base),
                "{keys:?} {prefixes:?}"
            );
            assert_eq!(selection.title, title, "{keys:?} {prefixes:?}");
        }
    }

    #[test]
    fn exceptions_are_objects_and_whole_folders() {
        let selection = selected(&[], &["a/"], &["a/b", "a/c/"]);
        for (path, left_out) in [
            ("a/b", true),
            ("a/b2", false),
            ("a/c/", true),
            ("a/c/d/e", true),
            ("a/c", false),
        ] {
            assert_eq!(selection.leaves_out(&format!("{ROOT}{path}")), left_out, "{path}");
        }
    }

    #[test]
    fn what_lies_in_two_roots_is_named_by_whole_keys() {
        let team = KeyRoot::whole_bucket().folder("teams/1").unwrap();
        let selection = Selection::of(
            vec![home().key(format!("{ROOT}a")).unwrap()],
            vec![team.everything()],
            Vec::new(),
        );
        assert_eq!((selection.base.as_str(), selection.title.as_str()), ("", "files"));
    }
}
