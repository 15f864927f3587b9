//! Multipart uploads: begun, filled part by part, then completed ([`super::completions`]) or aborted.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::listing::{Cursor, above, common_prefix};
use super::records::{
    Checksum, ChecksumKind, Handle, Head, Part, Tags, Upload, json, optional_json, signed, size, to_json,
};
use super::{Meta, MetaError, Refusal, WriteCx, bucket_of, pieces};
use crate::blobs::{Algorithm, BlobGuard, Piece};
use crate::random;

/// A part to be kept; it replaces one of the same number.
#[derive(Debug)]
pub(crate) struct NewPart {
    pub(crate) number: i32,
    pub(crate) modified: i64,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
}

/// Where a part's bytes are.
#[derive(Debug)]
pub(crate) enum PartContent {
    /// In a blob of its own (`None`: it is empty).
    Blob(Option<BlobGuard>),
    /// In slices of blobs that the version with this id keeps.
    Shared { version: i64, pieces: Vec<Piece> },
}

/// A page of uploads and where the next begins.
#[derive(Debug)]
pub(crate) struct UploadPage {
    pub(crate) uploads: Vec<Upload>,
    pub(crate) common_prefixes: Vec<String>,
    pub(crate) next: Option<Cursor>,
}

fn upload(row: &SqliteRow) -> Result<Upload, MetaError> {
    Ok(Upload {
        handle: Handle {
            id: row.try_get(0)?,
            nonce: row.try_get(1)?,
        },
        key: row.try_get(2)?,
        initiated: row.try_get(3)?,
        checksum: optional_json(row.try_get(4)?)?,
        head: json(row.try_get(5)?)?,
        tags: optional_json(row.try_get(6)?)?.unwrap_or_default(),
    })
}

fn part(row: &SqliteRow) -> Result<Part, MetaError> {
    Ok(Part {
        number: row.try_get(0)?,
        id: row.try_get(1)?,
        modified: row.try_get(2)?,
        size: size(row, 3)?,
        etag: row.try_get(4)?,
        checksum: optional_json(row.try_get(5)?)?,
    })
}

const FIND: &str = "SELECT id, nonce, key, initiated, checksum, head, tags FROM uploads
    WHERE id = $1 AND nonce = $2 AND bucket = $3 AND key = $4 AND ended = 0";

/// Parts whose rows go in one transaction: nobody else can write meanwhile, and an upload may have 10,000.
const STEP: usize = 500;

impl Meta {
    /// The upload, if it is of this bucket and key.
    pub(crate) async fn upload(
        &self,
        bucket: i64,
        key: &str,
        handle: Handle,
    ) -> Result<Option<Upload>, MetaError> {
        sqlx::query(FIND)
            .bind(handle.id)
            .bind(handle.nonce)
            .bind(bucket)
            .bind(key)
            .fetch_optional(self.reader())
            .await?
            .as_ref()
            .map(upload)
            .transpose()
    }

    pub(crate) async fn begin_upload(
        &self,
        bucket: String,
        key: String,
        checksum: Option<(Algorithm, ChecksumKind)>,
        head: Head,
        tags: Tags,
        initiated: i64,
    ) -> Result<Handle, MetaError> {
        let nonce = random::nonce()?;
        self.write(move |cx| {
            Box::pin(async move {
                let bucket = bucket_of(cx, &bucket).await?;
                let id = cx.next_id();
                sqlx::query(
                    "INSERT INTO uploads (id, bucket, key, nonce, initiated, checksum, head, tags)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                )
                .bind(id)
                .bind(bucket.id)
                .bind(key)
                .bind(nonce)
                .bind(initiated)
                .bind(checksum.as_ref().map(to_json).transpose()?)
                .bind(to_json(&head)?)
                .bind(if tags.is_empty() {
                    None
                } else {
                    Some(to_json(&tags)?)
                })
                .execute(&mut cx.conn)
                .await?;
                Ok(Handle { id, nonce })
            })
        })
        .await
    }

    /// Keeps a part.
    pub(crate) async fn put_part(
        &self,
        bucket: String,
        key: String,
        handle: Handle,
        new: NewPart,
        content: PartContent,
    ) -> Result<(), MetaError> {
        self.write(move |cx| {
            Box::pin(async move {
                upload_of(cx, &bucket, &key, handle).await?;
                let slices = match &content {
                    PartContent::Blob(blob) => {
                        blob.iter().map(|guard| Piece { blob: guard.id(), start: 0, len: new.size }).collect()
                    }
                    PartContent::Shared { version, pieces } => {
                        // The source may have been deleted since it was read.
                        let alive = sqlx::query("SELECT 1 FROM versions WHERE id = $1")
                            .bind(version)
                            .fetch_optional(&mut cx.conn)
                            .await?;
                        if alive.is_none() {
                            return Err(Refusal::NoSuchKey.into());
                        }
                        pieces.clone()
                    }
                };
                if let PartContent::Blob(blob) = content {
                    cx.adopt(blob);
                }
                let id = cx.next_id();
                pieces::insert(cx, id, &slices).await?;
                let replaced = sqlx::query("SELECT id FROM parts WHERE upload = $1 AND number = $2")
                    .bind(handle.id)
                    .bind(new.number)
                    .fetch_optional(&mut cx.conn)
                    .await?;
                if let Some(row) = replaced {
                    pieces::remove(cx, row.try_get(0)?).await?;
                }
                sqlx::query(
                    "INSERT INTO parts (upload, number, id, modified, size, etag, checksum)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)
                     ON CONFLICT (upload, number) DO UPDATE SET id = excluded.id, modified = excluded.modified,
                         size = excluded.size, etag = excluded.etag, checksum = excluded.checksum",
                )
                .bind(handle.id)
                .bind(new.number)
                .bind(id)
                .bind(new.modified)
                .bind(signed(new.size))
                .bind(&new.etag)
                .bind(new.checksum.as_ref().map(to_json).transpose()?)
                .execute(&mut cx.conn)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Parts with numbers above `after`, at most `limit`.
    pub(crate) async fn parts(&self, upload: i64, after: i32, limit: usize) -> Result<Vec<Part>, MetaError> {
        sqlx::query(
            "SELECT number, id, modified, size, etag, checksum FROM parts
             WHERE upload = $1 AND number > $2 ORDER BY number LIMIT $3",
        )
        .bind(upload)
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reader())
        .await?
        .iter()
        .map(part)
        .collect()
    }

    pub(crate) async fn abort_upload(
        &self,
        bucket: String,
        key: String,
        handle: Handle,
    ) -> Result<(), MetaError> {
        self.write_even_if_full(move |cx| {
            Box::pin(async move {
                upload_of(cx, &bucket, &key, handle).await?;
                end(cx, handle.id).await
            })
        })
        .await?;
        self.clear_what_ended().await;
        Ok(())
    }

    /// Aborts the uploads begun before `before` and answers how many.
    pub(crate) async fn reap_uploads(&self, before: i64) -> Result<u64, MetaError> {
        let reaped = self
            .write_even_if_full(move |cx| {
                Box::pin(async move {
                    let ended =
                        sqlx::query("UPDATE uploads SET ended = 1 WHERE initiated < $1 AND ended = 0")
                            .bind(before)
                            .execute(&mut cx.conn)
                            .await?;
                    Ok(ended.rows_affected())
                })
            })
            .await?;
        self.clear_what_ended().await;
        Ok(reaped)
    }

    /// Call this after an upload has ended. Its end is on disk already, so a failure here is only logged.
    pub(crate) async fn clear_what_ended(&self) {
        if let Err(error) = self.clear_ended_uploads().await {
            tracing::warn!(%error, "parts of uploads that have ended remain");
        }
    }

    /// Removes what is left of uploads that have ended, a step at a time, so that others can write in between. A
    /// crash leaves some of it; so does a client that hangs up. The next who calls this removes it.
    pub(crate) async fn clear_ended_uploads(&self) -> Result<(), MetaError> {
        loop {
            let ended =
                sqlx::query("SELECT id FROM uploads INDEXED BY ended_uploads WHERE ended = 1 LIMIT 1")
                    .fetch_optional(self.reader())
                    .await?;
            let Some(ended) = ended else { return Ok(()) };
            let id = ended.try_get(0)?;
            self.write_even_if_full(move |cx| Box::pin(clear_step(cx, id)))
                .await?;
        }
    }

    /// Unfinished uploads by key, then by age.
    pub(crate) async fn list_uploads(
        &self,
        bucket: i64,
        prefix: &str,
        delimiter: Option<&str>,
        mut cursor: Cursor,
        limit: usize,
    ) -> Result<UploadPage, MetaError> {
        let mut page = UploadPage {
            uploads: Vec::new(),
            common_prefixes: Vec::new(),
            next: None,
        };
        loop {
            let (from, after) = match &cursor {
                Cursor::Start => (String::new(), 0),
                Cursor::AfterKey(key) => (format!("{key}\0"), 0),
                Cursor::AfterPrefix(prefix) => (above(prefix), 0),
                Cursor::Within { key, id } => (key.clone(), *id),
            };
            let from_prefix = from.as_str() < prefix;
            let rows = sqlx::query(
                "SELECT id, nonce, key, initiated, checksum, head, tags FROM uploads INDEXED BY uploads_by_key
                 WHERE bucket = $1 AND (key, id) > ($2, $3) AND key < $4 AND ended = 0 ORDER BY key, id LIMIT $5",
            )
            .bind(bucket)
            .bind(if from_prefix { prefix } else { from.as_str() })
            .bind(if from_prefix { 0 } else { after })
            .bind(above(prefix))
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
            .fetch_all(self.reader())
            .await?;
            let Some(first) = rows.first() else {
                return Ok(page);
            };
            if page.uploads.len() + page.common_prefixes.len() == limit {
                page.next = Some(cursor);
                return Ok(page);
            }
            let first = upload(first)?;
            if let Some(common) = common_prefix(&first.key, prefix, delimiter) {
                cursor = Cursor::AfterPrefix(common.clone());
                page.common_prefixes.push(common);
                continue;
            }
            for row in &rows {
                let found = upload(row)?;
                let full = page.uploads.len() + page.common_prefixes.len() == limit;
                if full || common_prefix(&found.key, prefix, delimiter).is_some() {
                    break;
                }
                cursor = Cursor::Within {
                    key: found.key.clone(),
                    id: found.handle.id,
                };
                page.uploads.push(found);
            }
        }
    }
}

pub(super) async fn upload_of(
    cx: &mut WriteCx,
    bucket: &str,
    key: &str,
    handle: Handle,
) -> Result<Upload, MetaError> {
    let bucket = bucket_of(cx, bucket).await?;
    let row = sqlx::query(FIND)
        .bind(handle.id)
        .bind(handle.nonce)
        .bind(bucket.id)
        .bind(key)
        .fetch_optional(&mut cx.conn)
        .await?;
    match row {
        Some(row) => upload(&row),
        None => Err(Refusal::NoSuchUpload.into()),
    }
}

pub(super) async fn parts_of(cx: &mut WriteCx, upload: i64) -> Result<Vec<Part>, MetaError> {
    sqlx::query(
        "SELECT number, id, modified, size, etag, checksum FROM parts WHERE upload = $1 ORDER BY number",
    )
    .bind(upload)
    .fetch_all(&mut cx.conn)
    .await?
    .iter()
    .map(part)
    .collect()
}

/// Ends the upload: nobody finds it any more. Its parts are forgotten at once if they are few; else
/// [`Meta::clear_ended_uploads`] is to be called after the commit. Blobs that became part of an object stay.
pub(super) async fn end(cx: &mut WriteCx, upload: i64) -> Result<(), MetaError> {
    sqlx::query("UPDATE uploads SET ended = 1 WHERE id = $1")
        .bind(upload)
        .execute(&mut cx.conn)
        .await?;
    clear_step(cx, upload).await
}

/// Removes the next parts of an upload that has ended, and after the last of them the upload.
async fn clear_step(cx: &mut WriteCx, upload: i64) -> Result<(), MetaError> {
    let numbers = sqlx::query("SELECT number FROM parts WHERE upload = $1 ORDER BY number LIMIT $2")
        .bind(upload)
        .bind(i64::try_from(STEP + 1).unwrap_or(i64::MAX))
        .fetch_all(&mut cx.conn)
        .await?;
    let is_last = numbers.len() <= STEP;
    if let Some(last) = numbers.iter().take(STEP).next_back() {
        let last: i32 = last.try_get(0)?;
        pieces::remove_of_parts(cx, upload, last).await?;
        sqlx::query("DELETE FROM parts WHERE upload = $1 AND number <= $2")
            .bind(upload)
            .bind(last)
            .execute(&mut cx.conn)
            .await?;
    }
    if is_last {
        sqlx::query("DELETE FROM uploads WHERE id = $1")
            .bind(upload)
            .execute(&mut cx.conn)
            .await?;
    }
    Ok(())
}

/// Ends every upload of a bucket and answers whether there are any, also of such as have ended before. Their rows
/// are for [`Meta::clear_ended_uploads`].
pub(super) async fn end_all(cx: &mut WriteCx, bucket: i64) -> Result<bool, MetaError> {
    let ended = sqlx::query("UPDATE uploads SET ended = 1 WHERE bucket = $1")
        .bind(bucket)
        .execute(&mut cx.conn)
        .await?;
    Ok(ended.rows_affected() > 0)
}
