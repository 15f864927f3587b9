//! Finds the versions that are due, in a listing of all versions.

use app::contract::Timestamp;

use crate::platform::object_store::{ListedVersion, NamedVersion};

/// The versions of one key that are due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    pub key: String,
    /// The delete marker that is the latest version, if there is one. If somebody deletes it meanwhile, an old version
    /// is current again.
    pub hidden_by: Option<String>,
    /// Old versions, delete markers among them, each with its bytes.
    pub versions: Vec<(String, u64)>,
    /// The latest version, if it is a delete marker that hides nothing once the others are deleted.
    pub marker: Option<String>,
}

/// Collects due versions. The versions of one key come together, the newest first.
pub(super) struct Gathering {
    /// A version is due if it stopped being current at this moment or earlier.
    cutoff: i64,
    open: Option<Open>,
    due: Vec<Due>,
    versions: usize,
}

/// The key whose versions the listing is at.
struct Open {
    due: Due,
    /// When the previous version was written, which is when the next one stopped being current.
    replaced_at: Option<i64>,
    /// A version besides the latest is kept.
    keeps_more: bool,
    latest: ListedVersion,
}

impl Gathering {
    pub(super) fn new(cutoff: i64) -> Self {
        Self {
            cutoff,
            open: None,
            due: Vec::new(),
            versions: 0,
        }
    }

    pub(super) fn push(&mut self, NamedVersion { key, version }: NamedVersion) {
        let at = version.last_modified.map(Timestamp::unix);
        if self.open.as_ref().is_none_or(|open| open.due.key != key) {
            self.end_key();
            self.open = Some(Open {
                due: Due {
                    key,
                    hidden_by: version.is_delete_marker.then(|| version.version_id.clone()),
                    ..Due::default()
                },
                replaced_at: at,
                keeps_more: false,
                latest: version,
            });
            return;
        }
        let Some(open) = &mut self.open else { return };
        // Without a date nobody knows since when.
        let is_due = !version.is_latest && open.replaced_at.is_some_and(|replaced| replaced <= self.cutoff);
        if is_due {
            open.due.versions.push((version.version_id, version.size));
        } else {
            open.keeps_more = true;
        }
        open.replaced_at = at;
    }

    /// All versions of the present key were pushed.
    pub(super) fn end_key(&mut self) {
        let Some(Open {
            mut due,
            keeps_more,
            latest,
            ..
        }) = self.open.take()
        else {
            return;
        };
        let is_old = latest.last_modified.is_some_and(|at| at.unix() <= self.cutoff);
        if latest.is_latest && latest.is_delete_marker && is_old && !keeps_more {
            due.marker = Some(latest.version_id);
        }
        // A key whose first version is not the latest one is left alone: such a listing is not understood.
        if latest.is_latest && (!due.versions.is_empty() || due.marker.is_some()) {
            self.versions += due.versions.len() + 1;
            self.due.push(due);
        }
    }

    /// How many due versions the finished keys have.
    pub(super) fn versions(&self) -> usize {
        self.versions
    }

    pub(super) fn take(&mut self) -> Vec<Due> {
        self.versions = 0;
        std::mem::take(&mut self.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newest first: `m` is a marker, `v` an object, what follows the `@` the second.
    fn due(told: &[&str], cutoff: i64) -> Option<Due> {
        let mut gathering = Gathering::new(cutoff);
        for (index, told) in told.iter().enumerate() {
            let (id, second) = told.split_once('@').unwrap();
            gathering.push(NamedVersion {
                key: "k".to_owned(),
                version: ListedVersion {
                    version_id: id.to_owned(),
                    is_latest: index == 0,
                    is_delete_marker: id.starts_with('m'),
                    last_modified: second.parse().ok().and_then(Timestamp::from_unix),
                    size: 1,
                    etag: String::new(),
                },
            });
        }
        gathering.end_key();
        let mut due = gathering.take();
        assert!(due.len() <= 1);
        due.pop()
    }

    #[test]
    fn a_version_is_due_by_when_it_was_replaced() {
        for (told, cutoff, versions, marker) in [
            (&["v1@1"][..], 9, &[][..], None),
            (&["v2@5", "v1@1"], 4, &[], None),
            (&["v2@5", "v1@1"], 5, &["v1"], None),
            (&["v3@9", "v2@5", "v1@1"], 8, &["v1"], None),
            (&["v3@9", "v2@5", "v1@1"], 9, &["v2", "v1"], None),
            (&["m1@5", "v1@1"], 4, &[], None),
            (&["m1@5", "v1@1"], 5, &["v1"], Some("m1")),
            (&["m2@9", "v2@7", "m1@5", "v1@1"], 8, &["m1", "v1"], None),
            (&["v2@7", "m1@5", "v1@1"], 7, &["m1", "v1"], None),
            (&["m1@5"], 4, &[], None),
            (&["m1@5"], 5, &[], Some("m1")),
            // Without a date nothing is known.
            (&["v2@?", "v1@1"], 9, &[], None),
            (&["m1@?", "v1@1"], 9, &[], None),
        ] {
            let found = due(told, cutoff).unwrap_or_default();
            let ids: Vec<_> = found.versions.iter().map(|(id, _)| id.as_str()).collect();
            assert_eq!(ids, versions, "{told:?} {cutoff}");
            assert_eq!(found.marker.as_deref(), marker, "{told:?} {cutoff}");
            let hides = told[0].starts_with('m') && (!ids.is_empty() || marker.is_some());
            assert_eq!(found.hidden_by.is_some(), hides, "{told:?} {cutoff}");
        }
    }
}
