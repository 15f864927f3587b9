//! Versions: looking one up, adding one, removing one.

use sqlx::Row as _;

pub(crate) use super::etags::EntityTags;
use super::records::{
    Bucket, Checksum, Head, PartInfo, Tags, Version, Versioning, Which, optional_json, signed, to_json,
    version_id,
};
use super::{Meta, MetaError, Refusal, WriteCx, bucket_of, pieces};
use crate::blobs::Piece;
use crate::random;

/// What must hold of the current object for a write to go ahead.
#[derive(Debug, Clone, Default)]
pub(crate) struct Precondition {
    /// `If-Match`: there is an object, and it has one of these tags.
    pub(crate) matches: Option<EntityTags>,
    /// `If-None-Match`: there is no object, or it has none of these tags.
    pub(crate) differs: Option<EntityTags>,
}

impl Precondition {
    fn is_none(&self) -> bool {
        self.matches.is_none() && self.differs.is_none()
    }

    fn check(&self, version: &Version) -> Result<(), MetaError> {
        let matches = self
            .matches
            .as_ref()
            .is_none_or(|tags| tags.have_strong(&version.etag));
        let differs = self.differs.as_ref().is_none_or(|tags| !tags.have(&version.etag));
        if matches && differs {
            Ok(())
        } else {
            Err(Refusal::PreconditionFailed.into())
        }
    }
}

/// A version to be added; its pieces come separately.
#[derive(Debug, Clone)]
pub(crate) struct NewVersion {
    pub(crate) key: String,
    pub(crate) modified: i64,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
    pub(crate) head: Head,
    pub(crate) tags: Tags,
    /// Present for a multipart object.
    pub(crate) parts: Option<Vec<PartInfo>>,
}

/// What a write made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// As S3 writes it; `None` for a new object in a bucket that keeps no versions, or none any more.
    pub(crate) version_id: Option<String>,
}

/// What a delete did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Deleted {
    /// A delete marker was made, or one was removed.
    pub(crate) marker: bool,
    /// The marker made, or the version removed; `None` in a bucket that never kept versions.
    pub(crate) version_id: Option<String>,
}

const CURRENT: &str = "SELECT id, key, nonce, latest, marker, modified, size, etag, checksum, head, tags
    FROM versions INDEXED BY history WHERE bucket = $1 AND key = $2 ORDER BY id DESC LIMIT 1";
const NULL: &str = "SELECT id, key, nonce, latest, marker, modified, size, etag, checksum, head, tags
    FROM versions WHERE bucket = $1 AND key = $2 AND nonce IS NULL";
const EXACT: &str = "SELECT id, key, nonce, latest, marker, modified, size, etag, checksum, head, tags
    FROM versions WHERE bucket = $1 AND key = $2 AND +id = $3 AND nonce = $4";

async fn find<'e>(
    db: impl sqlx::Executor<'e, Database = sqlx::Sqlite>,
    bucket: i64,
    key: &str,
    which: Which,
) -> Result<Option<Version>, MetaError> {
    let query = match which {
        Which::Current => sqlx::query(CURRENT).bind(bucket).bind(key),
        Which::Null => sqlx::query(NULL).bind(bucket).bind(key),
        Which::Exact(handle) => sqlx::query(EXACT)
            .bind(bucket)
            .bind(key)
            .bind(handle.id)
            .bind(handle.nonce),
    };
    query
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(Version::from_row)
        .transpose()
}

impl Meta {
    /// The version, delete markers included.
    pub(crate) async fn version(
        &self,
        bucket: i64,
        key: &str,
        which: Which,
    ) -> Result<Option<Version>, MetaError> {
        find(self.reader(), bucket, key, which).await
    }

    /// The parts that a multipart object was made of; empty for any other.
    pub(crate) async fn version_parts(&self, id: i64) -> Result<Vec<PartInfo>, MetaError> {
        let row = sqlx::query("SELECT parts FROM versions WHERE id = $1")
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        match row {
            Some(row) => Ok(optional_json(row.try_get(0)?)?.unwrap_or_default()),
            None => Ok(Vec::new()),
        }
    }

    /// Replaces the tags of a version.
    pub(crate) async fn set_tags(
        &self,
        bucket: String,
        key: String,
        which: Which,
        tags: Tags,
    ) -> Result<Made, MetaError> {
        self.write(move |cx| {
            Box::pin(async move {
                let bucket = bucket_of(cx, &bucket).await?;
                let version = content_of(cx, &bucket, &key, which).await?;
                sqlx::query("UPDATE versions SET tags = $1 WHERE id = $2")
                    .bind(if tags.is_empty() {
                        None
                    } else {
                        Some(to_json(&tags)?)
                    })
                    .bind(version.id)
                    .execute(&mut cx.conn)
                    .await?;
                Ok(Made {
                    version_id: shown(&bucket, version.id, version.nonce),
                })
            })
        })
        .await
    }
}

/// The version as the open transaction sees it, refused when it is missing or a delete marker.
pub(super) async fn content_of(
    cx: &mut WriteCx,
    bucket: &Bucket,
    key: &str,
    which: Which,
) -> Result<Version, MetaError> {
    match find(&mut cx.conn, bucket.id, key, which).await? {
        None if which == Which::Current => Err(Refusal::NoSuchKey.into()),
        None => Err(Refusal::NoSuchVersion.into()),
        Some(version) if version.marker && which == Which::Current => Err(Refusal::NoSuchKey.into()),
        Some(version) if version.marker => Err(Refusal::DeleteMarker.into()),
        Some(version) => Ok(version),
    }
}

/// Refuses a write unless its precondition holds for the current object. Must come before the job's first change.
pub(super) async fn check_write(
    cx: &mut WriteCx,
    bucket: &Bucket,
    key: &str,
    condition: &Precondition,
) -> Result<(), MetaError> {
    if condition.is_none() {
        return Ok(());
    }
    match find(&mut cx.conn, bucket.id, key, Which::Current).await? {
        Some(version) if !version.marker => condition.check(&version),
        _ if condition.matches.is_some() => Err(Refusal::NoSuchKey.into()),
        _ => Ok(()),
    }
}

/// Refuses a deletion unless its precondition holds for the version that it is about, and answers whether there is
/// anything to delete. Must come before the job's first change.
pub(super) async fn check_delete(
    cx: &mut WriteCx,
    bucket: &Bucket,
    key: &str,
    which: Which,
    condition: &Precondition,
) -> Result<bool, MetaError> {
    if condition.is_none() {
        return Ok(true);
    }
    match find(&mut cx.conn, bucket.id, key, which).await? {
        // A version that does not exist needs no deletion, whatever the condition says.
        None => Ok(false),
        Some(version) if version.marker => Err(Refusal::PreconditionFailed.into()),
        Some(version) => condition.check(&version).map(|()| true),
    }
}

/// Adds the newest version of a key; in a bucket that keeps none, in place of the null version.
pub(super) async fn add(
    cx: &mut WriteCx,
    bucket: &Bucket,
    new: NewVersion,
    content: &[Piece],
) -> Result<Made, MetaError> {
    let (id, nonce) = succeed(cx, bucket, &new.key).await?;
    sqlx::query(
        "INSERT INTO versions (id, bucket, key, nonce, latest, marker, modified, size, etag, checksum, head, tags, parts)
         VALUES ($1, $2, $3, $4, 1, 0, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id)
    .bind(bucket.id)
    .bind(&new.key)
    .bind(nonce)
    .bind(new.modified)
    .bind(signed(new.size))
    .bind(&new.etag)
    .bind(new.checksum.as_ref().map(to_json).transpose()?)
    .bind(to_json(&new.head)?)
    .bind(if new.tags.is_empty() { None } else { Some(to_json(&new.tags)?) })
    .bind(new.parts.as_ref().map(to_json).transpose()?)
    .execute(&mut cx.conn)
    .await?;
    pieces::insert(cx, id, content).await?;
    Ok(Made {
        version_id: (bucket.versioning == Versioning::Enabled).then(|| version_id(id, nonce)),
    })
}

/// Deletes without naming a version: hides the key behind a marker where versions are kept.
pub(super) async fn delete_current(
    cx: &mut WriteCx,
    bucket: &Bucket,
    key: &str,
    now: i64,
) -> Result<Deleted, MetaError> {
    if bucket.versioning == Versioning::Off {
        if let Some(version) = find(&mut cx.conn, bucket.id, key, Which::Current).await? {
            remove(cx, version.id).await?;
        }
        return Ok(Deleted::default());
    }
    let (id, nonce) = succeed(cx, bucket, key).await?;
    sqlx::query(
        "INSERT INTO versions (id, bucket, key, nonce, latest, marker, modified, size, etag, head)
         VALUES ($1, $2, $3, $4, 1, 1, $5, 0, '', '{}')",
    )
    .bind(id)
    .bind(bucket.id)
    .bind(key)
    .bind(nonce)
    .bind(now)
    .execute(&mut cx.conn)
    .await?;
    Ok(Deleted {
        marker: true,
        version_id: shown(bucket, id, nonce),
    })
}

/// Removes one version for good; the next older one becomes the newest. A version that is not there
/// has been removed already.
pub(super) async fn delete_version(
    cx: &mut WriteCx,
    bucket: &Bucket,
    key: &str,
    which: Which,
) -> Result<Option<Deleted>, MetaError> {
    let Some(version) = find(&mut cx.conn, bucket.id, key, which).await? else {
        return Ok(None);
    };
    remove(cx, version.id).await?;
    if version.latest {
        sqlx::query(
            "UPDATE versions SET latest = 1 WHERE id =
             (SELECT id FROM versions INDEXED BY history WHERE bucket = $1 AND key = $2 ORDER BY id DESC LIMIT 1)",
        )
        .bind(bucket.id)
        .bind(key)
        .execute(&mut cx.conn)
        .await?;
    }
    Ok(Some(Deleted {
        marker: version.marker,
        version_id: Some(version.version_id()),
    }))
}

/// Makes room for a new newest version and gives its id and nonce.
async fn succeed(cx: &mut WriteCx, bucket: &Bucket, key: &str) -> Result<(i64, Option<i64>), MetaError> {
    let nonce = match bucket.versioning {
        Versioning::Enabled => Some(random::nonce()?),
        Versioning::Off | Versioning::Suspended => None,
    };
    if nonce.is_none()
        && let Some(replaced) = find(&mut cx.conn, bucket.id, key, Which::Null).await?
    {
        remove(cx, replaced.id).await?;
    }
    sqlx::query("UPDATE versions SET latest = 0 WHERE bucket = $1 AND key = $2 AND latest = 1")
        .bind(bucket.id)
        .bind(key)
        .execute(&mut cx.conn)
        .await?;
    Ok((cx.next_id(), nonce))
}

async fn remove(cx: &mut WriteCx, id: i64) -> Result<(), MetaError> {
    pieces::remove(cx, id).await?;
    sqlx::query("DELETE FROM versions WHERE id = $1")
        .bind(id)
        .execute(&mut cx.conn)
        .await?;
    Ok(())
}

/// The version id as an answer shows it.
pub(super) fn shown(bucket: &Bucket, id: i64, nonce: Option<i64>) -> Option<String> {
    (bucket.versioning != Versioning::Off).then(|| version_id(id, nonce))
}
