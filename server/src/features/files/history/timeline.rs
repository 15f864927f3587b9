//! Reads the histories of the keys under a prefix, page by page. A key is handed over once all its versions were read;
//! if a page ends in the middle of one, the key stays open until the next page.

use app::contract::{Timestamp, UserPrefix};
use serde::{Deserialize, Serialize};

use super::key::KeyHistory;
use crate::{
    features::scopes::Scope,
    platform::object_store::{StoreError, VersionMarker},
};

/// Where a reader stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    pub after: Option<VersionMarker>,
    /// The key among whose versions the reader stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<KeyHistory>,
}

impl Position {
    /// Behind all versions of this key.
    pub(super) fn behind(key: impl Into<String>) -> Self {
        Self {
            after: Some(VersionMarker {
                key: key.into(),
                version_id: None,
            }),
            open: None,
        }
    }
}

pub(super) struct Timeline<'a> {
    scope: &'a Scope,
    prefix: &'a UserPrefix,
    as_of: Option<Timestamp>,
    limit: u16,
    position: Position,
    has_ended: bool,
    /// How many versions were read.
    pub read: u64,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(
        scope: &'a Scope,
        prefix: &'a UserPrefix,
        as_of: Option<Timestamp>,
        limit: u16,
    ) -> Self {
        Self {
            scope,
            prefix,
            as_of,
            limit,
            position: Position::default(),
            has_ended: false,
            read: 0,
        }
    }

    pub(super) fn from(self, position: Position) -> Self {
        Self { position, ..self }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(super) fn position(&self) -> &Position {
        &self.position
    }

    /// Skips all keys with this prefix.
    pub(super) fn skip(&mut self, prefix: &str) {
        self.position = Position::behind(format!("{prefix}{}", char::MAX));
    }

    /// The keys that one request to storage completes; none if all its versions belong to one key.
    pub(super) async fn page(&mut self) -> Result<Vec<KeyHistory>, StoreError> {
        let Scope { store, bucket, .. } = self.scope;
        let after = self.position.after.take();
        let asked = store.list_versions_below(bucket, self.prefix, after.as_ref(), self.limit);
        let page = match asked.await {
            Ok(page) => page,
            Err(error) => {
                self.position.after = after;
                return Err(error);
            }
        };
        self.read += page.versions.len() as u64;
        let mut keys: Vec<KeyHistory> = self.position.open.take().into_iter().collect();
        for version in page.versions {
            let is_next = keys.last().is_none_or(|last| last.key != version.key);
            if is_next {
                keys.push(KeyHistory::new(version.key));
            }
            if let Some(last) = keys.last_mut() {
                last.push(version.version, self.as_of);
            }
        }
        let goes_on_in = page
            .next
            .as_ref()
            .filter(|next| next.version_id.is_some())
            .map(|next| next.key.as_str());
        if keys
            .last()
            .is_some_and(|last| Some(last.key.as_str()) == goes_on_in)
        {
            self.position.open = keys.pop();
        }
        self.has_ended = page.next.is_none();
        self.position.after = page.next;
        Ok(keys)
    }
}
