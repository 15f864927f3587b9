//! The only parser of object keys.
//!
//! A key from outside becomes a [`UserKey`] here or nowhere: already percent-decoded exactly once by its
//! extractor, checked, and inside the caller's [`KeyRoot`]. Otherwise its bytes are kept as they are: `//`, NFC
//! beside NFD, emoji, spaces, `+`, `%` and backslashes all name different objects, as they do in S3.
//!
//! Other programs store keys that this parser refuses. One of those that a listing shows is a [`ListedKey`]: it can be
//! deleted, and brought back, and nothing else.

use std::fmt;

use super::{TeamId, UserId};

/// S3's limit on a key, in bytes of UTF-8 (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>).
pub const MAX_KEY_BYTES: usize = 1024;

/// Under which the folders of teams lie.
const TEAMS: &str = "teams/";
/// The folders of the home bucket below which everything belongs to a person or a team.
pub const OWNED_FOLDERS: [&str; 2] = ["users/", TEAMS];

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("must not be empty")]
    Empty,
    #[error("must not be longer than {MAX_KEY_BYTES} bytes")]
    TooLong,
    #[error("must not contain control characters")]
    ControlCharacter,
    /// XML, in which storage lists keys and takes lists of them, cannot carry these two.
    #[error("must not contain the characters U+FFFE and U+FFFF")]
    Noncharacter,
    #[error("must not contain the segments `.` or `..`")]
    DotSegment,
    /// Well-formed, but not the caller's. Answered with 403, and alike whether or not such an object exists.
    #[error("is outside your prefix")]
    Outside,
}

/// The part of a bucket that a caller reaches: `users/<uuid>/` or `teams/<uuid>/` in the home bucket, everything in a
/// bucket of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyRoot(String);

impl KeyRoot {
    /// `users/<uuid>/`, always with its closing slash, so that no id can be a prefix of another.
    #[must_use]
    pub fn home(user: UserId) -> Self {
        Self(format!("users/{user}/"))
    }

    /// `teams/<uuid>/`, with its closing slash too.
    #[must_use]
    pub fn team(team: TeamId) -> Self {
        Self(format!("{TEAMS}{team}/"))
    }

    /// The part of this root that lies in a folder: `path` is below the root and is made to end in `/`, so that no
    /// folder's name can be a prefix of another's.
    ///
    /// # Errors
    /// [`KeyError`], as for a key.
    pub fn folder(&self, path: &str) -> Result<Self, KeyError> {
        let slash = if path.ends_with('/') { "" } else { "/" };
        let key = self.key(format!("{}{path}{slash}", self.0))?;
        Ok(Self(key.key))
    }

    /// The whole of a bucket that is the caller's own.
    #[must_use]
    pub const fn whole_bucket() -> Self {
        Self(String::new())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this root lies within the other one, or is the same.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Reads a whole key (`users/<uuid>/a/b.txt`).
    ///
    /// # Errors
    /// [`KeyError`]; the root itself is not a key and is refused as [`KeyError::Empty`].
    pub fn key(&self, raw: impl Into<String>) -> Result<UserKey, KeyError> {
        let raw = raw.into();
        check(&raw)?;
        match raw.strip_prefix(&self.0) {
            None => Err(KeyError::Outside),
            Some("") => Err(KeyError::Empty),
            Some(_) => Ok(UserKey {
                root_len: self.0.len(),
                key: raw,
            }),
        }
    }

    /// Reads a key that a listing of this root shows, whether or not [`Self::key`] would take it.
    ///
    /// # Errors
    /// [`KeyError::Empty`], [`KeyError::TooLong`] and [`KeyError::Outside`], as for a key.
    pub fn listed(&self, raw: impl Into<String>) -> Result<ListedKey, KeyError> {
        let raw = raw.into();
        match raw.strip_prefix(&self.0) {
            None => Err(KeyError::Outside),
            Some("") => Err(KeyError::Empty),
            Some(_) if raw.len() > MAX_KEY_BYTES => Err(KeyError::TooLong),
            Some(_) => Ok(ListedKey(raw)),
        }
    }

    /// Reads a prefix to list or search under. It need not end in `/`: S3's prefixes are of characters, not folders.
    ///
    /// # Errors
    /// [`KeyError`], as for a key; the root itself is allowed.
    pub fn prefix(&self, raw: impl Into<String>) -> Result<UserPrefix, KeyError> {
        let raw = raw.into();
        if raw.is_empty() && self.0.is_empty() {
            return Ok(UserPrefix {
                root_len: 0,
                prefix: raw,
            });
        }
        check(&raw)?;
        if !raw.starts_with(&self.0) {
            return Err(KeyError::Outside);
        }
        Ok(UserPrefix {
            root_len: self.0.len(),
            prefix: raw,
        })
    }

    /// The prefix of everything the caller has here.
    #[must_use]
    pub fn everything(&self) -> UserPrefix {
        UserPrefix {
            root_len: self.0.len(),
            prefix: self.0.clone(),
        }
    }
}

/// The team in whose folder a key or prefix lies; `None` for all others. What it says of a text opens nothing.
#[must_use]
pub fn team_of(raw: &str) -> Option<TeamId> {
    let (id, _) = raw.strip_prefix(TEAMS)?.split_once('/')?;
    let team = id.parse().ok()?;
    // Another spelling of the id names another folder.
    raw.starts_with(KeyRoot::team(team).as_str()).then_some(team)
}

/// `teams/<uuid>/`, where the files of a team lie.
#[must_use]
pub fn team_prefix(team: TeamId) -> String {
    KeyRoot::team(team).0
}

/// Whether the key, or the name of a file or folder, is one that can be made, and not only listed and deleted.
///
/// # Errors
/// [`KeyError`]: why not.
pub fn check(raw: &str) -> Result<(), KeyError> {
    if raw.is_empty() {
        return Err(KeyError::Empty);
    }
    if raw.len() > MAX_KEY_BYTES {
        return Err(KeyError::TooLong);
    }
    if raw.chars().any(char::is_control) {
        return Err(KeyError::ControlCharacter);
    }
    if raw.contains(['\u{fffe}', '\u{ffff}']) {
        return Err(KeyError::Noncharacter);
    }
    if dot_segment(raw).is_some() {
        return Err(KeyError::DotSegment);
    }
    Ok(())
}

/// Where the first segment `.` or `..` begins.
fn dot_segment(key: &str) -> Option<usize> {
    let mut start = 0;
    for segment in key.split('/') {
        if matches!(segment, "." | "..") {
            return Some(start);
        }
        start += segment.len() + 1;
    }
    None
}

/// A whole key inside its owner's [`KeyRoot`]. Made by [`KeyRoot::key`] only.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserKey {
    root_len: usize,
    key: String,
}

impl UserKey {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// The path below the root, as its owner sees it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.key[self.root_len..]
    }

    /// The last segment, with its slash when the key is a folder's marker.
    #[must_use]
    pub fn name(&self) -> &str {
        name_of(&self.key)
    }

    /// Whether this is the empty object that stands for a folder (its key ends in `/`).
    #[must_use]
    pub fn is_folder_marker(&self) -> bool {
        self.key.ends_with('/')
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

/// A key as a listing of its owner's [`KeyRoot`] shows it, byte for byte. Made by [`KeyRoot::listed`], or of a
/// [`UserKey`].
///
/// It may hold control characters and the segments `.` and `..`, which browsers, proxies and some storage servers
/// fold when they are part of a path. So it is named to storage in the body of a request, or compared with what
/// storage lists, and never becomes part of a path while it has such segments.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListedKey(String);

impl ListedKey {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn has_dot_segment(&self) -> bool {
        dot_segment(&self.0).is_some()
    }

    /// Under what to look for this key: its beginning, up to a segment that could be folded.
    #[must_use]
    pub fn plain_prefix(&self) -> &str {
        dot_segment(&self.0).map_or(&self.0, |start| &self.0[..start])
    }

    /// Whether XML 1.0 can carry the key, escaped where it must be (<https://www.w3.org/TR/xml/#charsets>).
    #[must_use]
    pub fn is_xml(&self) -> bool {
        self.0.chars().all(
            |c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..),
        )
    }
}

impl From<UserKey> for ListedKey {
    fn from(key: UserKey) -> Self {
        Self(key.key)
    }
}

impl fmt::Debug for ListedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A prefix inside its owner's [`KeyRoot`], or the root itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserPrefix {
    root_len: usize,
    prefix: String,
}

impl UserPrefix {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.prefix
    }

    /// The prefix below the root; empty for the root itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.prefix[self.root_len..]
    }

    #[must_use]
    pub fn contains(&self, key: &UserKey) -> bool {
        key.as_str().starts_with(&self.prefix)
    }
}

impl fmt::Debug for UserPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.prefix.fmt(f)
    }
}

/// The last segment of a key, with its trailing slash if it has one: `a/b/` → `b/`, `a/b` → `b`.
#[must_use]
pub fn name_of(key: &str) -> &str {
    let body = key.strip_suffix('/').unwrap_or(key);
    body.rfind('/').map_or(key, |slash| &key[slash + 1..])
}

/// The folder that holds what lies at this key or prefix: `a/b/` → `a/`, `a` → an empty prefix.
#[must_use]
pub fn parent_of(key: &str) -> &str {
    key.strip_suffix(name_of(key)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn root() -> KeyRoot {
        KeyRoot::home("018f0000-0000-7000-8000-000000000001".parse().unwrap())
    }

    #[test]
    fn refuses_what_could_be_read_two_ways() {
        let root = root();
        let inside = |rest: &str| root.key(format!("{}{rest}", root.as_str()));
        assert_eq!(inside(""), Err(KeyError::Empty));
        assert_eq!(inside("a/../b"), Err(KeyError::DotSegment));
        assert_eq!(inside("./a"), Err(KeyError::DotSegment));
        assert_eq!(inside("a/.."), Err(KeyError::DotSegment));
        assert_eq!(inside("a\0b"), Err(KeyError::ControlCharacter));
        assert_eq!(inside("a\r\nb"), Err(KeyError::ControlCharacter));
        assert_eq!(inside("a\u{85}b"), Err(KeyError::ControlCharacter));
        assert_eq!(inside("a\u{fffe}"), Err(KeyError::Noncharacter));
        assert_eq!(inside("\u{ffff}"), Err(KeyError::Noncharacter));
        assert!(inside("\u{fffd}\u{10fffe}").is_ok());
        assert_eq!(inside(&"x".repeat(1024)), Err(KeyError::TooLong));
        assert_eq!(root.key(""), Err(KeyError::Empty));
    }

    #[test]
    fn a_team_is_told_by_its_folder() {
        let team: TeamId = "018f0000-0000-7000-8000-00000000000a".parse().unwrap();
        assert_eq!(team_of(&format!("teams/{team}/a/b")), Some(team));
        assert_eq!(team_of(&team_prefix(team)), Some(team));
        for other in [
            format!("teams/{team}"),
            format!("teams/{}/a", team.to_string().to_uppercase()),
            format!("Teams/{team}/a"),
            format!("teams//{team}/a"),
            format!("teams/{}/a", team.as_uuid().simple()),
            format!("teams/{{{team}}}/a"),
            format!("users/{team}/a"),
        ] {
            assert_eq!(team_of(&other), None, "{other}");
        }
    }

    #[test]
    fn the_slash_belongs_to_the_root() {
        let root = root();
        let neighbour = format!("{}2/secret", root.as_str().trim_end_matches('/'));
        assert_eq!(root.key(neighbour.clone()), Err(KeyError::Outside));
        assert_eq!(root.prefix(neighbour), Err(KeyError::Outside));
        assert_eq!(
            root.prefix(root.as_str().trim_end_matches('/')),
            Err(KeyError::Outside)
        );
        assert_eq!(root.prefix("users/"), Err(KeyError::Outside));
    }

    #[test]
    fn what_is_listed_is_named_by_its_bytes_and_looked_for_where_nothing_folds() {
        let root = root();
        let listed = |rest: &str| root.listed(format!("{}{rest}", root.as_str())).unwrap();
        for (rest, plain, is_xml) in [
            ("a/b", "a/b", true),
            ("Icon\r", "Icon\r", true),
            ("a/../b", "a/", true),
            ("./a", "", true),
            ("a/.", "a/", true),
            ("a\u{1}", "a\u{1}", false),
            ("\u{fffe}/..", "\u{fffe}/", false),
        ] {
            let key = listed(rest);
            assert_eq!(key.as_str(), format!("{}{rest}", root.as_str()));
            assert_eq!(key.plain_prefix(), format!("{}{plain}", root.as_str()));
            assert_eq!(key.is_xml(), is_xml, "{rest:?}");
        }
        assert_eq!(root.listed(root.as_str()), Err(KeyError::Empty));
        assert_eq!(root.listed("users/"), Err(KeyError::Outside));
        assert_eq!(root.listed("../x"), Err(KeyError::Outside));
        assert_eq!(
            root.listed(format!("{}{}", root.as_str(), "x".repeat(1024))),
            Err(KeyError::TooLong)
        );
    }

    #[test]
    fn names_are_last_segments() {
        assert_eq!(name_of("a/b/c.txt"), "c.txt");
        assert_eq!(name_of("a/b/"), "b/");
        assert_eq!(name_of("a"), "a");
        assert_eq!(name_of("a/"), "a/");
        assert_eq!(name_of("a//"), "/");
    }

    proptest! {
        #[test]
        fn an_accepted_key_is_kept_byte_for_byte_and_stays_inside(rest in any::<String>()) {
            let root = root();
            let raw = format!("{}{rest}", root.as_str());
            if let Ok(key) = root.key(raw.clone()) {
                prop_assert_eq!(key.as_str(), &raw);
                prop_assert_eq!(key.path(), &rest);
                prop_assert!(root.everything().contains(&key));
                prop_assert!(!key.as_str().split('/').any(|s| s == "." || s == ".."));
            }
        }

        #[test]
        fn nothing_outside_the_root_is_ever_accepted(raw in any::<String>()) {
            let root = root();
            prop_assert!(root.key(raw.clone()).is_err() || raw.starts_with(root.as_str()));
        }

        #[test]
        fn the_plain_prefix_never_leaves_the_root(rest in "[./a\u{1}]{1,12}") {
            let root = root();
            let key = root.listed(format!("{}{rest}", root.as_str())).unwrap();
            prop_assert!(root.prefix(key.plain_prefix()).is_ok() || !key.is_xml());
            prop_assert!(key.plain_prefix().starts_with(root.as_str()));
            prop_assert!(key.as_str().starts_with(key.plain_prefix()));
        }

        #[test]
        fn printable_names_are_all_allowed(rest in "[a-zA-Z0-9 +%!@#$^&()_=\\[\\]{};',~`é日🎉-]{1,60}") {
            let raw = root().as_str().to_owned() + &rest;
            prop_assert!(root().key(raw).is_ok());
        }
    }
}
