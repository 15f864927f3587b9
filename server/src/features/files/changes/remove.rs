//! Deletes sources, each only if it is still the object that the journal names, and notes the delete marker of each.

use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{
    CONCURRENCY,
    copy::refusal,
    journal::{Item, State},
    sides::Fate,
};
use crate::{
    features::{
        files::service::{delete::reason, undelete::DEPTH},
        scopes::{Access, Scope},
    },
    platform::object_store::{ConditionalWrites, DeleteTarget, StoreError},
};

/// Of which `item` is one, with what becomes of it.
pub(super) struct Removing<'a> {
    pub scope: &'a Scope,
    pub conditions: ConditionalWrites,
    /// An earlier run may have deleted them without writing so.
    pub is_repeated: bool,
}

/// What storage answered about a source.
enum Look {
    AsPlanned,
    Gone { marker: Option<String> },
    Changed,
}

impl Removing<'_> {
    /// Deletes up to 1,000 objects. Answers `Done` or `Failed` for each.
    pub(super) async fn remove(&self, items: &mut [&mut Item]) -> Result<Vec<Fate>, StoreError> {
        let looks_first = self.is_repeated || !self.conditions.delete;
        let mut fates: Vec<Option<Fate>> = vec![None; items.len()];
        let mut targets = Vec::with_capacity(items.len());
        let mut indices = Vec::with_capacity(items.len());
        let looks: Vec<Option<Look>> = if looks_first {
            let looking = items.iter().map(|item| self.look(item).boxed());
            stream::iter(looking.collect::<Vec<_>>())
                .buffered(CONCURRENCY)
                .map_ok(Some)
                .try_collect()
                .await?
        } else {
            items.iter().map(|_| None).collect()
        };
        for (index, (item, look)) in items.iter_mut().zip(looks).enumerate() {
            let key = match self.scope.listed_key("key", &item.source, Access::DELETE) {
                Ok(key) => key,
                Err(error) => {
                    fates[index] = Some(Fate::failed(refusal(&error)));
                    continue;
                }
            };
            match look {
                Some(Look::Gone { marker }) => {
                    item.marker = marker;
                    fates[index] = Some(Fate::Done);
                }
                Some(Look::Changed) => fates[index] = Some(Fate::failed(changed(item))),
                None | Some(Look::AsPlanned) => {
                    let etag = Some(item.etag.clone()).filter(|etag| !etag.is_empty());
                    targets.push(DeleteTarget {
                        key,
                        version: None,
                        etag: etag.filter(|_| self.conditions.delete),
                    });
                    indices.push(index);
                }
            }
        }
        if !targets.is_empty() {
            let outcome = self.scope.store.delete_many(&self.scope.bucket, &targets).await?;
            for index in indices {
                let item = &mut *items[index];
                let failed = outcome.failures.iter().find(|failure| failure.key == item.source);
                fates[index] = Some(match failed {
                    None => {
                        let marker = outcome.markers.iter().find(|marker| marker.key == item.source);
                        item.marker = marker.map(|marker| marker.version_id.clone());
                        Fate::Done
                    }
                    Some(failure) => match self.look(item).await? {
                        Look::Gone { marker } => {
                            item.marker = marker;
                            Fate::Done
                        }
                        Look::Changed => Fate::failed(changed(item)),
                        Look::AsPlanned => Fate::failed(reason(&failure.code)),
                    },
                });
            }
        }
        Ok(fates.into_iter().map(|fate| fate.unwrap_or(Fate::Done)).collect())
    }

    async fn look(&self, item: &Item) -> Result<Look, StoreError> {
        let Scope { store, bucket, .. } = self.scope;
        let Ok(key) = self.scope.listed_key("key", &item.source, Access::DELETE) else {
            return Ok(Look::AsPlanned);
        };
        // A key that the rules refuse is looked up by a listing.
        if let Ok(key) = self.scope.key("key", &item.source, Access::DELETE)
            && let Some(there) = store.head(bucket, &key, None).await?
        {
            let is_same = item.etag.is_empty() || there.etag == item.etag;
            return Ok(if is_same { Look::AsPlanned } else { Look::Changed });
        }
        let versions = match store.list_versions(bucket, &key, None, DEPTH).await {
            Ok(page) => page.versions,
            Err(StoreError::Unsupported(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        match versions.into_iter().find(|version| version.is_latest) {
            Some(latest) if latest.is_delete_marker => Ok(Look::Gone {
                marker: Some(latest.version_id).filter(|id| id != "null"),
            }),
            Some(latest) => Ok(if item.etag.is_empty() || latest.etag == item.etag {
                Look::AsPlanned
            } else {
                Look::Changed
            }),
            None if store.is_listed(bucket, &key).await? => Ok(Look::AsPlanned),
            None => Ok(Look::Gone { marker: None }),
        }
    }
}

fn changed(item: &Item) -> &'static str {
    if item.state == State::Copied {
        "It was changed meanwhile: the copy and the source are both there"
    } else {
        "It was changed meanwhile, and is still there"
    }
}
