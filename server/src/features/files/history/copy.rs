//! Copies a version of any size onto its own key: its bytes, stored headers, metadata and tags become current again.

use app::contract::UserKey;

use super::key::{State, Version, is_same};
use crate::{
    features::{files::in_parts::InParts, scopes::Scope},
    platform::object_store::{ConditionalWrites, CopySource, ObjectHead, Precondition, StoreError, Written},
};

/// Copies versions of one key onto that key.
pub(super) struct Onto<'a> {
    pub scope: &'a Scope,
    pub key: &'a UserKey,
    /// The latest version that was read. A newer one is never replaced.
    pub latest: Option<&'a State>,
    /// The conditions that storage honours.
    pub conditions: ConditionalWrites,
    /// Larger objects are copied in parts.
    pub largest_copy: u64,
}

impl Onto<'_> {
    /// [`StoreError::PreconditionFailed`] when the key holds something else by now, [`StoreError::NotFound`] when the
    /// version is gone.
    pub(super) async fn copy(&self, version: &Version) -> Result<Written, StoreError> {
        let precondition = self.precondition().await?;
        if version.size > self.largest_copy {
            return self.in_parts(version, &precondition).await;
        }
        let Scope { store, bucket, .. } = self.scope;
        let source = self.source(version);
        Ok(store.copy(source, bucket, self.key, &precondition).await?.written)
    }

    /// Where storage ignores conditions, this checks the key itself, right before the copy.
    async fn precondition(&self) -> Result<Precondition, StoreError> {
        let etag = match self.latest {
            Some(State::Object(there)) => Some(there.etag.as_str()).filter(|etag| !etag.is_empty()),
            Some(State::Hidden { .. }) | None => None,
        };
        if self.conditions.copy {
            return Ok(match (self.latest, etag) {
                (_, Some(etag)) => Precondition::Matches(etag.to_owned()),
                (Some(State::Object(_)), None) => Precondition::None,
                _ => Precondition::Absent,
            });
        }
        let Scope { store, bucket, .. } = self.scope;
        let there = store.head(bucket, self.key, None).await?;
        let is_expected = match (self.latest, &there) {
            (Some(State::Object(expected)), Some(there)) => is_there(there, expected),
            (Some(State::Hidden { .. }) | None, None) => true,
            _ => false,
        };
        if is_expected {
            Ok(Precondition::None)
        } else {
            Err(StoreError::PreconditionFailed)
        }
    }

    fn source<'a>(&'a self, version: &'a Version) -> CopySource<'a> {
        CopySource {
            bucket: &self.scope.bucket,
            key: self.key,
            version: Some(&version.id),
            // A version never changes.
            etag: "",
        }
    }

    async fn in_parts(&self, version: &Version, precondition: &Precondition) -> Result<Written, StoreError> {
        let Scope { store, bucket, .. } = self.scope;
        let id = Some(version.id.as_str());
        let head = store
            .head(bucket, self.key, id)
            .await?
            .ok_or(StoreError::NotFound)?;
        let tags = store.tags(bucket, self.key, id).await?;
        let rewriting = InParts {
            store,
            bucket,
            key: self.key,
            headers: &head.headers,
            tags: &tags,
            storage_class: None,
            largest_part: self.largest_copy,
        };
        rewriting
            .copy(self.source(version), version.size, precondition)
            .await
    }

    /// Whether an earlier try has made the copy: the current object equals this version in everything that storage
    /// tells.
    pub(super) async fn is_done(&self, version: &Version) -> Result<bool, StoreError> {
        let Scope { store, bucket, .. } = self.scope;
        let there = store.head(bucket, self.key, None).await?;
        let wanted = store.head(bucket, self.key, Some(&version.id)).await?;
        Ok(there
            .zip(wanted)
            .is_some_and(|(there, wanted)| is_copy(&there, &wanted)))
    }
}

fn is_there(there: &ObjectHead, expected: &Version) -> bool {
    match there.version_id.as_deref().filter(|id| *id != "null") {
        Some(id) => id == expected.id,
        None => there.etag == expected.etag,
    }
}

/// A copy of an object that was uploaded in parts has another ETag: then everything else must agree.
fn is_copy(there: &ObjectHead, wanted: &ObjectHead) -> bool {
    let same_sum = match (&there.checksum, &wanted.checksum) {
        (Some(there), Some(wanted)) if there.algorithm == wanted.algorithm => there == wanted,
        _ => there.etag == wanted.etag || wanted.etag.contains('-') || there.etag.contains('-'),
    };
    !wanted.is_delete_marker
        && there.size == wanted.size
        && there.headers == wanted.headers
        && (there.etag == wanted.etag || same_sum)
}

/// Whether a listing already shows the version's bytes as current.
pub(super) fn is_current(latest: Option<&State>, version: &Version) -> bool {
    latest
        .and_then(State::object)
        .is_some_and(|now| is_same(now, version))
}
