//! Lists a folder as it was at a moment.

use app::features::files::{
    types::ObjectEntry,
    types_history::{Change, HistoryEntry, HistoryPage, HistoryQuery},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    CONCURRENCY, History, PAGES,
    key::KeyHistory,
    timeline::{Position, Timeline},
};
use crate::{
    features::{
        auth::principal::Principal,
        files::error::FileError,
        scopes::{Access, Scope},
    },
    platform::object_store::ListRequest,
};

/// Where a listing of a folder stopped.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    position: Position,
    /// The folder whose row came last: the rest of its content gets no rows.
    folder: Option<String>,
}

impl History {
    /// One page of the folder: its objects and the folders in it, as a listing at that moment would have told them.
    ///
    /// # Errors
    /// [`FileError::NoVersions`] where the bucket keeps none.
    #[tracing::instrument(level = "debug", name = "history.folder", skip_all, fields(user = %who.user_id))]
    pub async fn folder(&self, who: &Principal, query: &HistoryQuery) -> Result<HistoryPage, FileError> {
        let (scope, prefix) = self
            .versioned(who, query.bucket.as_ref(), query.prefix.as_deref())
            .await?;
        let caller = who.user_id.to_string();
        let as_of = query.as_of.to_string();
        let bound = ["history", &caller, scope.bucket.as_str(), prefix.as_str(), &as_of];
        let place: Place = self.opened(&bound, query.continuation_token.as_deref())?;
        let mut reader = Reader {
            prefix: prefix.as_str(),
            timeline: self
                .timeline(&scope, &prefix, Some(query.as_of))
                .from(place.position),
            folder: place.folder,
            rows: Vec::new(),
            limit: usize::from(query.max_keys.unwrap_or_default().get()),
        };
        let next = reader.read().await?;
        let marking = reader.rows.into_iter().map(|row| mark(&scope, row));
        let objects = stream::iter(marking).buffered(CONCURRENCY).try_collect().await?;
        let token = next.map(|next| self.sealed(&bound, &next)).transpose()?;
        Ok(HistoryPage {
            objects,
            prefix: prefix.as_str().to_owned(),
            as_of: query.as_of,
            has_more: token.is_some(),
            continuation_token: token,
        })
    }

    pub(super) fn opened<T: DeserializeOwned + Default>(
        &self,
        bound: &[&str],
        token: Option<&str>,
    ) -> Result<T, FileError> {
        let Some(token) = token else {
            return Ok(T::default());
        };
        let position = self.cursors.open(bound, token)?;
        // A position in the form of an older release: the listing begins anew.
        Ok(serde_json::from_str(&position).unwrap_or_default())
    }

    pub(super) fn sealed(&self, bound: &[&str], position: &impl Serialize) -> Result<String, FileError> {
        let position = serde_json::to_string(position).map_err(|error| sqlx::Error::Encode(error.into()))?;
        Ok(self.cursors.seal(bound, &position))
    }
}

struct Reader<'a> {
    prefix: &'a str,
    timeline: Timeline<'a>,
    folder: Option<String>,
    rows: Vec<HistoryEntry>,
    limit: usize,
}

impl Reader<'_> {
    /// Reads until the page is full or the bound on versions is reached. Answers where to go on; `None` at the end.
    async fn read(&mut self) -> Result<Option<Place>, FileError> {
        for _ in 0..PAGES {
            let keys = self.timeline.page().await?;
            let mut keys = keys.iter().peekable();
            while let Some(key) = keys.next() {
                self.take(key);
                let is_last = self.timeline.has_ended() && keys.peek().is_none();
                if self.rows.len() == self.limit && !is_last {
                    return Ok(Some(Place {
                        position: Position::behind(&key.key),
                        folder: self.folder.take(),
                    }));
                }
            }
            if self.timeline.has_ended() {
                return Ok(None);
            }
            self.pass_folder();
        }
        Ok(Some(Place {
            position: self.timeline.position().clone(),
            folder: self.folder.take(),
        }))
    }

    /// Skips the rest of a folder that has its row.
    fn pass_folder(&mut self) {
        let Some(folder) = &self.folder else { return };
        let next = self.timeline.position().after.as_ref();
        if next.is_some_and(|next| next.key.starts_with(folder.as_str())) {
            self.timeline.skip(folder);
        }
    }

    fn take(&mut self, history: &KeyHistory) {
        let Some(then) = history.then() else { return };
        let Some(rest) = history.key.strip_prefix(self.prefix) else {
            return;
        };
        // The object that marks the folder itself.
        if rest.is_empty() {
            return;
        }
        if let Some(slash) = rest.find('/') {
            let folder = &history.key[..=self.prefix.len() + slash];
            if self.folder.as_deref() != Some(folder) {
                self.folder = Some(folder.to_owned());
                self.rows.push(row(folder, None));
            }
            return;
        }
        self.rows.push(HistoryEntry {
            entry: ObjectEntry {
                size: then.size,
                last_modified: then.at,
                etag: then.etag.clone(),
                storage_class: "STANDARD".to_owned(),
                is_folder: false,
                key: history.key.clone(),
            },
            version_id: Some(then.id.clone()),
            change: history.change(),
        });
    }
}

fn row(folder: &str, change: Option<Change>) -> HistoryEntry {
    HistoryEntry {
        entry: ObjectEntry {
            key: folder.to_owned(),
            size: 0,
            last_modified: None,
            etag: String::new(),
            storage_class: String::new(),
            is_folder: true,
        },
        version_id: None,
        change,
    }
}

/// Whether the folder still holds anything.
async fn mark(scope: &Scope, row: HistoryEntry) -> Result<HistoryEntry, FileError> {
    if !row.entry.is_folder {
        return Ok(row);
    }
    // A name that could not be made is not asked about by itself.
    let Ok(prefix) = scope.prefix("prefix", Some(&row.entry.key), Access::LIST) else {
        return Ok(row);
    };
    let page = ListRequest {
        prefix: &prefix,
        folders: false,
        token: None,
        limit: 1,
    };
    let left = scope.store.list(&scope.bucket, page).await?;
    let change = left.objects.is_empty().then_some(Change::Deleted);
    Ok(HistoryEntry { change, ..row })
}
