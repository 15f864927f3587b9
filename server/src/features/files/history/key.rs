//! The history of one key, made of its versions, the newest first.

use app::{contract::Timestamp, features::files::types_history::Change};
use serde::{Deserialize, Serialize};

use crate::platform::object_store::ListedVersion;

/// A version with bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub id: String,
    pub at: Option<Timestamp>,
    pub size: u64,
    pub etag: String,
}

/// What a key holds: an object or, behind a delete marker, nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Object(Version),
    Hidden { marker: String, at: Option<Timestamp> },
}

impl State {
    fn of(version: ListedVersion) -> Self {
        let ListedVersion {
            version_id,
            is_delete_marker,
            last_modified,
            size,
            etag,
            ..
        } = version;
        if is_delete_marker {
            Self::Hidden {
                marker: version_id,
                at: last_modified,
            }
        } else {
            Self::Object(Version {
                id: version_id,
                at: last_modified,
                size,
                etag,
            })
        }
    }

    pub(super) fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Object(version) => version.at,
            Self::Hidden { at, .. } => *at,
        }
    }

    pub(super) fn object(&self) -> Option<&Version> {
        match self {
            Self::Object(version) => Some(version),
            Self::Hidden { .. } => None,
        }
    }
}

/// The history of one key, as far as its versions were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyHistory {
    pub key: String,
    /// What the key holds now.
    pub latest: Option<State>,
    /// What the key would hold without the delete markers that hide it.
    pub newest: Option<Version>,
    /// When the oldest of those markers was written.
    pub hidden_since: Option<Timestamp>,
    /// What it held at the requested moment; `None` if nothing was written before.
    pub then: Option<State>,
    /// The delete markers above `newest`, the newest first. Only jobs need them.
    #[serde(skip)]
    pub hiding: Vec<String>,
}

impl KeyHistory {
    pub(super) fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            latest: None,
            newest: None,
            hidden_since: None,
            then: None,
            hiding: Vec::new(),
        }
    }

    /// Adds the next version, which is older than all before.
    pub(super) fn push(&mut self, version: ListedVersion, as_of: Option<Timestamp>) {
        let state = State::of(version);
        let is_hidden = self.latest.as_ref().unwrap_or(&state).object().is_none();
        match (&state, &self.newest) {
            (State::Object(version), None) => self.newest = Some(version.clone()),
            (State::Object(_), Some(_)) => {}
            (State::Hidden { marker, at }, None) => {
                self.hiding.push(marker.clone());
                self.hidden_since = *at;
            }
            // Which of two of the same second came first is not known. One that lies below hides nothing, and may go.
            (State::Hidden { marker, at }, Some(newest)) => {
                if is_hidden && *at == newest.at {
                    self.hiding.push(marker.clone());
                }
            }
        }
        if self.then.is_none() && as_of.is_some_and(|as_of| state.at() <= Some(as_of)) {
            self.then = Some(state.clone());
        }
        if self.latest.is_none() {
            self.latest = Some(state);
        }
    }

    pub(super) fn now(&self) -> Option<&Version> {
        self.latest.as_ref().and_then(State::object)
    }

    pub(super) fn then(&self) -> Option<&Version> {
        self.then.as_ref().and_then(State::object)
    }

    /// The version that restoring would make current, if the object is deleted.
    pub(super) fn deleted(&self) -> Option<&Version> {
        match self.latest {
            Some(State::Hidden { .. }) => self.newest.as_ref(),
            Some(State::Object(_)) | None => None,
        }
    }

    /// How the object of the requested moment has changed since.
    pub(super) fn change(&self) -> Option<Change> {
        let then = self.then()?;
        match self.now() {
            None => Some(Change::Deleted),
            Some(now) if is_same(now, then) => None,
            Some(_) => Some(Change::Changed),
        }
    }
}

/// Whether both are the same version, or hold the same bytes as far as a listing tells.
pub(super) fn is_same(a: &Version, b: &Version) -> bool {
    a.id == b.id || (!a.etag.is_empty() && a.etag == b.etag && a.size == b.size)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Newest first: `m` is a marker, `v` an object, what follows the `@` the second, and the `=` the ETag.
    pub(in super::super) fn history(told: &[&str], as_of: i64) -> KeyHistory {
        let mut history = KeyHistory::new("k");
        for (index, told) in told.iter().enumerate() {
            let (id, rest) = told.split_once('@').unwrap();
            let (second, etag) = rest.split_once('=').unwrap_or((rest, id));
            let version = ListedVersion {
                version_id: id.to_owned(),
                is_latest: index == 0,
                is_delete_marker: id.starts_with('m'),
                last_modified: Timestamp::from_unix(second.parse().unwrap()),
                size: 1,
                etag: etag.to_owned(),
            };
            history.push(version, Timestamp::from_unix(as_of));
        }
        history
    }

    #[test]
    fn a_key_is_judged_by_its_versions() {
        let id = |version: Option<&Version>| version.map(|version| version.id.clone());
        for (told, as_of, now, then, deleted, change) in [
            (&["v1@5"][..], 5, Some("v1"), Some("v1"), None, None),
            (&["v1@5"], 4, Some("v1"), None, None, None),
            (
                &["v2@9", "v1@5"],
                8,
                Some("v2"),
                Some("v1"),
                None,
                Some(Change::Changed),
            ),
            (&["v2@9=x", "v1@5=x"], 8, Some("v2"), Some("v1"), None, None),
            (
                &["m1@9", "v1@5"],
                8,
                None,
                Some("v1"),
                Some("v1"),
                Some(Change::Deleted),
            ),
            (&["m1@9", "v1@5"], 9, None, None, Some("v1"), None),
            (&["m2@9", "m1@7", "v1@5"], 8, None, None, Some("v1"), None),
            (&["v2@9", "m1@7", "v1@5"], 8, Some("v2"), None, None, None),
            (&["m1@9"], 9, None, None, None, None),
        ] {
            let history = history(told, as_of);
            assert_eq!(id(history.now()).as_deref(), now, "{told:?}");
            assert_eq!(id(history.then()).as_deref(), then, "{told:?}");
            assert_eq!(id(history.deleted()).as_deref(), deleted, "{told:?}");
            assert_eq!(history.change(), change, "{told:?}");
        }
        assert_eq!(history(&["m2@5", "v1@5", "m1@5"], 0).hiding, ["m2", "m1"]);
        assert_eq!(history(&["v2@5", "v1@5", "m1@5"], 0).hiding, [""; 0]);
        let twice = history(&["m2@9", "m1@7", "v1@5", "m0@1"], 0);
        assert_eq!(twice.hiding, ["m2", "m1"]);
        assert_eq!(twice.hidden_since, Timestamp::from_unix(7));
    }
}
