//! The writes of objects, each one transaction: put, copy, delete.

use super::pieces::pieces_of;
use super::records::{Checksum, Head, PartInfo, Tags, Version, Which, optional_json};
use super::versions::{self, Deleted, Made, NewVersion, Precondition};
use super::{Meta, MetaError, Refusal, bucket_of};
use crate::blobs::{BlobGuard, Piece};
use sqlx::Row as _;

/// One key of a delete.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) key: String,
    /// `Which::Current`: hide the key; else remove that version.
    pub(crate) which: Which,
    pub(crate) condition: Precondition,
}

/// What a copy takes over from its source and what it brings itself.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) source_bucket: String,
    pub(crate) source_key: String,
    /// The version that was read and checked; the copy is of it even if a newer one came since.
    pub(crate) source_id: i64,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) head: Head,
    /// `None`: as the source's.
    pub(crate) tags: Option<Tags>,
    /// `None`: as the source's.
    pub(crate) checksum: Option<Checksum>,
    pub(crate) modified: i64,
}

impl Meta {
    /// Adds an object whose bytes are in `blob` (`None`: it is empty).
    pub(crate) async fn put(
        &self,
        bucket: String,
        new: NewVersion,
        blob: Option<BlobGuard>,
        condition: Precondition,
    ) -> Result<Made, MetaError> {
        self.write(move |cx| {
            Box::pin(async move {
                let bucket = bucket_of(cx, &bucket).await?;
                versions::check_write(cx, &bucket, &new.key, &condition).await?;
                let content: Vec<Piece> = blob
                    .iter()
                    .map(|guard| Piece {
                        blob: guard.id(),
                        start: 0,
                        len: new.size,
                    })
                    .collect();
                cx.adopt(blob);
                versions::add(cx, &bucket, new, &content).await
            })
        })
        .await
    }

    /// Adds an object that shares its source's blobs. No bytes move.
    pub(crate) async fn copy(&self, copy: Copy, condition: Precondition) -> Result<Made, MetaError> {
        self.write(move |cx| {
            Box::pin(async move {
                let bucket = bucket_of(cx, &copy.bucket).await?;
                versions::check_write(cx, &bucket, &copy.key, &condition).await?;
                let source_bucket = bucket_of(cx, &copy.source_bucket).await?;
                let row = sqlx::query(
                    "SELECT id, key, nonce, latest, marker, modified, size, etag, checksum, head, tags, parts
                     FROM versions WHERE id = $1 AND bucket = $2 AND key = $3",
                )
                .bind(copy.source_id)
                .bind(source_bucket.id)
                .bind(&copy.source_key)
                .fetch_optional(&mut cx.conn)
                .await?
                .ok_or(Refusal::NoSuchKey)?;
                let source = Version::from_row(&row)?;
                let parts: Option<Vec<PartInfo>> = optional_json(row.try_get(11)?)?;
                let content = pieces_of(cx, source.id).await?;
                let new = NewVersion {
                    key: copy.key,
                    modified: copy.modified,
                    size: source.size,
                    etag: source.etag,
                    checksum: copy.checksum.or(source.checksum),
                    head: copy.head,
                    tags: copy.tags.unwrap_or(source.tags),
                    parts,
                };
                // The source may be the null version that this write replaces, so its blobs are given
                // to a fresh owner before they could be found without one.
                let keep = cx.next_id();
                super::pieces::insert(cx, keep, &content).await?;
                let made = versions::add(cx, &bucket, new, &content).await?;
                super::pieces::remove(cx, keep).await?;
                Ok(made)
            })
        })
        .await
    }

    /// Deletes each target. Keys that were not there are answered like those that were; a target
    /// whose precondition fails is answered with the refusal and the others still go.
    pub(crate) async fn delete(
        &self,
        bucket: String,
        targets: Vec<Target>,
        now: i64,
    ) -> Result<Vec<Result<Deleted, Refusal>>, MetaError> {
        self.write_even_if_full(move |cx| {
            Box::pin(async move {
                let bucket = bucket_of(cx, &bucket).await?;
                let mut outcomes = Vec::with_capacity(targets.len());
                for target in targets {
                    let there =
                        versions::check_delete(cx, &bucket, &target.key, target.which, &target.condition);
                    match there.await {
                        Ok(true) => {}
                        Ok(false) => {
                            outcomes.push(Ok(Deleted::default()));
                            continue;
                        }
                        Err(MetaError::Refused(refusal)) => {
                            outcomes.push(Err(refusal));
                            continue;
                        }
                        Err(fault) => return Err(fault),
                    }
                    let deleted = match target.which {
                        Which::Current => versions::delete_current(cx, &bucket, &target.key, now).await?,
                        which => versions::delete_version(cx, &bucket, &target.key, which)
                            .await?
                            .unwrap_or_default(),
                    };
                    outcomes.push(Ok(deleted));
                }
                Ok(outcomes)
            })
        })
        .await
    }
}
