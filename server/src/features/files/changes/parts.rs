//! Copies an object in parts that is too large for one CopyObject. The journal holds the upload's id before its first
//! part, so a replica that takes the job over goes on with the parts that exist.

use app::contract::UserKey;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{
    journal::Item,
    sides::{Fate, Sides, overwritten},
};
use crate::{
    features::scopes::Scope,
    platform::{
        object_store::{ListedPart, PartToCopy, PartToJoin, Precondition, StoreError, copied_parts},
        queue::RunningJob,
    },
};

/// Parts of one object that are copied at a time.
const CONCURRENCY: usize = 8;

/// # Errors
/// [`StoreError::PreconditionFailed`] when the source or the destination has changed.
pub(super) async fn copy(
    sides: &Sides,
    item: &mut Item,
    source: &UserKey,
    target: &UserKey,
    precondition: &Precondition,
    job: Option<&RunningJob>,
) -> Result<Fate, StoreError> {
    let Scope { store, bucket, .. } = &sides.destination;
    let Some(upload) = item.upload_id.clone() else {
        let found = sides
            .source
            .store
            .head(&sides.source.bucket, source, None)
            .await?
            .ok_or(StoreError::NotFound)?;
        if !item.etag.is_empty() && found.etag != item.etag {
            return Err(StoreError::PreconditionFailed);
        }
        let tags = sides
            .source
            .store
            .tags(&sides.source.bucket, source, found.version_id.as_deref())
            .await?;
        item.source_version = found.version_id.filter(|id| id != "null");
        let id = store
            .create_copying_upload(bucket, target, &found.headers, &tags, None)
            .await?;
        item.upload_id = Some(id);
        return Ok(Fate::Again);
    };
    let there = match store.list_parts(bucket, target, &upload).await {
        Ok(there) => there,
        // It was aborted, or completed and the answer was lost: then the caller finds the copy.
        Err(StoreError::NotFound) => {
            item.upload_id = None;
            return Err(StoreError::PreconditionFailed);
        }
        Err(error) => return Err(error),
    };
    let copying = copied_parts(item.size, sides.largest_copy).map(|(part_number, range)| {
        let length = range.end - range.start;
        let known = there
            .iter()
            .find(|part| part.part_number == u32::from(part_number) && part.size == Some(length))
            .filter(|part| part.etag.is_some())
            .cloned();
        let part = PartToCopy {
            source: sides.source_of(item, source),
            range,
            upload_id: &upload,
            part_number,
        };
        async move {
            if let Some(known) = known {
                return Ok(Some(known));
            }
            if job.is_some_and(|job| job.check().is_err()) {
                return Ok(None);
            }
            store.copy_part(bucket, target, part).await.map(Some)
        }
        .boxed()
    });
    let parts: Vec<Option<ListedPart>> = stream::iter(copying.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let Some(parts) = parts.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(Fate::Again);
    };
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| PartToJoin {
            part_number: part.part_number,
            etag: part.etag.unwrap_or_default(),
            // S3 asks for them only if the upload began with an algorithm.
            checksum: None,
        })
        .collect();
    let written = store
        .complete_upload(bucket, target, &upload, &parts, precondition)
        .await?;
    item.made_version = written.version_id.clone().filter(|id| id != "null");
    item.made_etag = Some(written.etag);
    if item.made_etag.as_deref().is_none_or(str::is_empty)
        && let Some(there) = store.head(bucket, target, written.version_id.as_deref()).await?
    {
        item.made_etag = Some(overwritten(there).etag);
    }
    Ok(Fate::Copied)
}

/// Aborts the upload of an item that will not be completed.
pub(super) async fn abort(sides: &Sides, item: &Item) -> Result<(), StoreError> {
    use crate::features::scopes::Access;
    let (Some(upload), Some(target)) = (&item.upload_id, &item.destination) else {
        return Ok(());
    };
    let Ok(target) = sides.destination.key("destination", target, Access::WRITE) else {
        return Ok(());
    };
    let Scope { store, bucket, .. } = &sides.destination;
    store.abort_upload(bucket, &target, upload).await
}
