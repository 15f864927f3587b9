//! Makes one version the latest.

use app::{
    contract::{ListedKey, Timestamp, UserKey},
    features::files::types_history::CurrentObject,
};

use super::{
    super::{
        History,
        copy::Onto,
        keeps_versions,
        key::{KeyHistory, State, Version},
    },
    ACCESS,
};
use crate::{
    features::{
        files::error::FileError,
        quota::Change,
        scopes::{Scope, ScopeError},
    },
    platform::object_store::{DeleteTarget, StoreError},
};

impl History {
    pub(super) async fn restore_version(
        &self,
        scope: &Scope,
        raw: &str,
        version_id: &str,
    ) -> Result<CurrentObject, FileError> {
        // A key that the rules refuse can be uncovered, by its exact bytes.
        let listed = scope.listed_key("key", raw, ACCESS)?;
        let key = scope.key("key", raw, ACCESS);
        if version_id.is_empty() {
            return Err(FileError::invalid("version_id", "must not be empty"));
        }
        keeps_versions(scope).await?;
        let history = match (key_history(scope, &listed, None).await, &key) {
            // A key that the rules refuse must exist already.
            (Err(FileError::NotFound), Err(_)) => return Err(refusal(key)),
            (history, _) => history?,
        };
        let newest = history.newest.as_ref();
        if let Some(newest) = newest.filter(|newest| newest.id == version_id) {
            if !history.hiding.is_empty() {
                uncover(scope, &listed, &history.hiding).await?;
                let now = key_history(scope, &listed, None).await?;
                if now.now().is_none_or(|now| now.id != newest.id) {
                    return Err(FileError::Changed);
                }
            }
            return Ok(CurrentObject {
                key: raw.to_owned(),
                etag: newest.etag.clone(),
                version_id: Some(newest.id.clone()),
            });
        }
        if history.hiding.iter().any(|marker| marker == version_id) {
            return Err(no_bytes());
        }
        let key = key?;
        let Scope { store, bucket, .. } = scope;
        let head = store
            .head(bucket, &key, Some(version_id))
            .await?
            .ok_or(FileError::NotFound)?;
        if head.is_delete_marker {
            return Err(no_bytes());
        }
        let version = Version {
            id: version_id.to_owned(),
            at: head.last_modified,
            size: head.size,
            etag: head.etag,
        };
        let onto = Onto {
            scope,
            key: &key,
            latest: history.latest.as_ref(),
            conditions: store.conditional_writes(bucket).await,
            largest_copy: self.largest_copy,
        };
        let holder = scope.holder(key.as_str());
        let reservation = self.quotas.reserve(holder, version.size).await?;
        let copied = onto.copy(&version).await;
        let change = Change::added(version.size);
        self.quotas.settle_write(reservation, &copied, change).await;
        let written = match copied {
            // An earlier try whose answer was lost may have done it.
            Err(StoreError::PreconditionFailed) if onto.is_done(&version).await? => {
                let there = store.head(bucket, &key, None).await?.ok_or(FileError::Changed)?;
                return Ok(CurrentObject {
                    key: raw.to_owned(),
                    etag: there.etag,
                    version_id: there.version_id,
                });
            }
            Err(StoreError::PreconditionFailed) => return Err(FileError::Changed),
            written => written?,
        };
        Ok(CurrentObject {
            key: raw.to_owned(),
            etag: written.etag,
            version_id: written.version_id,
        })
    }
}

fn refusal(key: Result<UserKey, ScopeError>) -> FileError {
    key.map_or_else(FileError::from, |_| FileError::NotFound)
}

fn no_bytes() -> FileError {
    FileError::invalid(
        "version_id",
        "is a delete marker, which has no bytes: name the version to bring back",
    )
}

/// The history of exactly this key. Without a moment it reads no further than the newest version with bytes.
pub(super) async fn key_history(
    scope: &Scope,
    key: &ListedKey,
    as_of: Option<Timestamp>,
) -> Result<KeyHistory, FileError> {
    const PAGE: u16 = 1000;
    let Scope { store, bucket, .. } = scope;
    let mut history = KeyHistory::new(key.as_str());
    let mut after = None;
    loop {
        let page = store.list_versions(bucket, key, after.as_deref(), PAGE).await?;
        for version in page.versions {
            history.push(version, as_of);
        }
        let is_known = history.newest.is_some() && (as_of.is_none() || history.then.is_some());
        match page.next {
            Some(next) if !is_known => after = Some(next),
            _ if history.latest.is_none() => return Err(FileError::NotFound),
            _ => return Ok(history),
        }
    }
}

/// Deletes the delete markers that hide an object. Markers that were deleted already are no failure.
pub(super) async fn uncover(scope: &Scope, key: &ListedKey, markers: &[String]) -> Result<(), FileError> {
    let targets: Vec<_> = markers
        .iter()
        .map(|marker| DeleteTarget {
            key: key.clone(),
            version: Some(marker.clone()),
            etag: None,
        })
        .collect();
    // The oldest first: as long as one is left the object stays hidden, and a second try finds the others.
    let targets: Vec<_> = targets.into_iter().rev().collect();
    for batch in targets.chunks(1000) {
        let outcome = scope.store.delete_many(&scope.bucket, batch).await?;
        if let Some(failure) = outcome.failures.into_iter().next() {
            return Err(StoreError::Refused {
                code: failure.code,
                message: "a delete marker stays".to_owned(),
            }
            .into());
        }
    }
    Ok(())
}

/// Whether the key still holds what was read of it.
pub(super) fn is_unchanged(before: Option<&State>, now: Option<&State>) -> bool {
    match (before, now) {
        (Some(State::Object(before)), Some(State::Object(now))) => before.id == now.id,
        (Some(State::Hidden { marker: before, .. }), Some(State::Hidden { marker: now, .. })) => {
            before == now
        }
        (None, None) => true,
        _ => false,
    }
}
