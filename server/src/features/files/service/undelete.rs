//! Undoes deletions where the bucket keeps versions, by deleting the markers that hide objects. Each object is again
//! what it was, with its date and its versions. Versions that hold bytes are never deleted here.

use std::collections::{BTreeMap, BTreeSet};

use app::{
    contract::ListedKey,
    features::files::types::{DeleteError, MAX_KEYS, UndeleteRequest, UndeleteResponse},
};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{CONCURRENCY, Files, delete::told};
use crate::{
    features::{
        auth::principal::Principal,
        files::error::FileError,
        scopes::{Access, Scope},
    },
    platform::object_store::{DeleteTarget, ListedVersion},
};

/// How many markers on top of one another are read: deletions that were sent twice leave more than one.
pub(in crate::features::files) const DEPTH: u16 = 20;

/// What has happened to one deletion since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::features::files) enum Since {
    /// It hides the object still. With it go the markers that lie on the object beside it: the same deletion sent
    /// again after its answer was lost leaves a second one.
    Hidden(Vec<String>),
    /// The object is visible: the deletion was undone already, or the object written anew.
    Visible,
    /// The deletion was undone, and the object deleted again.
    DeletedAgain,
    /// The version is no delete marker, or the object never existed.
    NoMarker,
}

impl Files {
    /// Undoes all of these deletions that can still be undone. If one key is refused, none is.
    ///
    /// # Errors
    /// [`FileError`]; what stays deleted is part of the answer instead.
    #[tracing::instrument(level = "debug", name = "files.undelete", skip_all, fields(user = %who.user_id))]
    pub async fn undelete(
        &self,
        who: &Principal,
        request: &UndeleteRequest,
    ) -> Result<UndeleteResponse, FileError> {
        if request.markers.is_empty() || request.markers.len() > MAX_KEYS {
            return Err(FileError::invalid(
                "markers",
                format!("must hold between 1 and {MAX_KEYS} delete markers"),
            ));
        }
        let scope = self.scope(who, request.bucket.as_ref()).await?;
        let mut asked = BTreeMap::new();
        for (index, marker) in request.markers.iter().enumerate() {
            let field = format!("markers[{index}].key");
            let refusal = scope.key(&field, &marker.key, Access::DELETE).err();
            let key = scope.listed_key(&field, &marker.key, Access::DELETE)?;
            asked.insert(marker.key.as_str(), (key, refusal, marker.version_id.as_str()));
        }
        let looks = asked.into_values().map(|(key, refusal, version)| {
            let Scope { store, bucket, .. } = &scope;
            async move {
                let versions = store.list_versions(bucket, &key, None, DEPTH).await?.versions;
                match refusal {
                    // A key that the rules refuse must exist already.
                    Some(refusal) if versions.is_empty() => Err(FileError::from(refusal)),
                    _ => Ok((key, since(&versions, version))),
                }
            }
            .boxed()
        });
        let looks: Vec<_> = stream::iter(looks.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;

        let mut errors = Vec::new();
        let mut restored = Vec::new();
        let mut targets = Vec::new();
        for (key, since) in looks {
            match since {
                Since::Visible => restored.push(key.as_str().to_owned()),
                Since::DeletedAgain => errors.push(kept(&key, "It was deleted again since")),
                Since::NoMarker => errors.push(kept(&key, "This version is no deletion")),
                Since::Hidden(markers) => {
                    restored.push(key.as_str().to_owned());
                    targets.extend(markers.into_iter().map(|version| DeleteTarget {
                        key: key.clone(),
                        version: Some(version),
                        etag: None,
                    }));
                }
            }
        }
        for batch in targets.chunks(MAX_KEYS) {
            let outcome = scope.store.delete_many(&scope.bucket, batch).await?;
            errors.extend(outcome.failures.iter().map(told));
        }
        let failed: BTreeSet<&str> = errors.iter().map(|error| error.key.as_str()).collect();
        restored.retain(|key| !failed.contains(key.as_str()));
        Ok(UndeleteResponse { restored, errors })
    }
}

/// Storage tells versions and markers apart from one another, each dated to the second: which of two of the same
/// second came first is not known, but which is the latest of all is.
pub(in crate::features::files) fn since(versions: &[ListedVersion], marker: &str) -> Since {
    let is_object = |version: &&ListedVersion| !version.is_delete_marker;
    let objects = || versions.iter().filter(is_object);
    if versions.is_empty() || objects().any(|version| version.version_id == marker) {
        return Since::NoMarker;
    }
    if objects().any(|version| version.is_latest) {
        return Since::Visible;
    }
    let newest = objects().map(|version| version.last_modified).max();
    // One that is older than the object, of the same second, goes along; it hides nothing.
    let hiding: Vec<_> = versions
        .iter()
        .filter(|version| {
            version.is_delete_marker && newest.is_none_or(|newest| version.last_modified >= newest)
        })
        .map(|version| version.version_id.clone())
        .collect();
    if hiding.iter().any(|version| version == marker) {
        Since::Hidden(hiding)
    } else {
        Since::DeletedAgain
    }
}

fn kept(key: &ListedKey, why: &str) -> DeleteError {
    DeleteError {
        key: key.as_str().to_owned(),
        message: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use app::contract::Timestamp;

    use super::*;

    /// Newest first: `m` is a marker, `v` an object, and what follows the `@` the second.
    fn versions(told: &[&str]) -> Vec<ListedVersion> {
        let version = |(index, told): (usize, &&str)| {
            let (id, second) = told.split_once('@').unwrap();
            ListedVersion {
                version_id: id.to_owned(),
                is_latest: index == 0,
                is_delete_marker: id.starts_with('m'),
                last_modified: Timestamp::from_unix(second.parse().unwrap()),
                size: 1,
                etag: String::new(),
            }
        };
        let mut all: Vec<_> = told.iter().enumerate().map(version).collect();
        // As storage tells them: in two lists.
        all.sort_by_key(|version| version.is_delete_marker);
        all
    }

    #[test]
    fn only_what_hides_the_object_goes() {
        let hidden = |ids: &[&str]| Since::Hidden(ids.iter().map(|id| (*id).to_owned()).collect());
        for (there, expected) in [
            (&["m1@5", "v1@1"][..], hidden(&["m1"])),
            (&["m2@6", "m1@5", "v1@1", "m0@0"], hidden(&["m2", "m1"])),
            (&["m2@5", "m1@5", "v1@5"], hidden(&["m2", "m1"])),
            (&["m1@5"], hidden(&["m1"])),
            (&["v2@6", "m1@5", "v1@1"], Since::Visible),
            (&["v1@1"], Since::Visible),
            (&["m2@6", "v1@1"], Since::DeletedAgain),
            (&["m2@8", "v2@7", "m1@5", "v1@1"], Since::DeletedAgain),
        ] {
            assert_eq!(since(&versions(there), "m1"), expected, "{there:?}");
        }
        assert_eq!(since(&versions(&["m1@5", "v1@1"]), "v1"), Since::NoMarker);
        assert_eq!(since(&[], "m1"), Since::NoMarker);
    }
}
