//! Uploads in parts, from their beginning to their end.

use app::{
    contract::{BucketName, KeyRoot, UserId},
    features::files::types::ChecksumAlgorithm,
};
use sqlx::{AnyPool, Row, any::AnyRow};
use uuid::Uuid;

use super::signed;
use crate::platform::database::Database;

/// An upload as the journal has it.
#[derive(Clone, Debug)]
pub(in super::super) struct Upload {
    pub id: Uuid,
    pub user: UserId,
    pub bucket: BucketName,
    pub key: String,
    /// Storage's own id of it.
    pub storage_id: String,
    /// Bytes, when the plan said so.
    pub size: Option<u64>,
    pub part_size: Option<u64>,
    /// What every part carries a checksum of.
    pub checksum: Option<ChecksumAlgorithm>,
    pub only_if_absent: bool,
    pub state: State,
    pub created_at: i64,
    pub expires_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum State {
    Open,
    /// Storage is putting the object together. The upload ends completed or becomes open again; it cannot be aborted.
    Completing {
        /// When no request that does so can be running any more.
        until: i64,
    },
    /// An abort was asked for, and storage may not have carried it out yet.
    Aborting,
    Completed {
        etag: String,
        version_id: Option<String>,
    },
}

const COLUMNS: &str = "id, user_id, bucket, object_key, storage_id, size, part_size, checksum, only_if_absent, \
                       state, completing, completing_until, etag, version_id, created_at, expires_at";

pub(in super::super) async fn insert(db: &Database, upload: &Upload) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO uploads (id, user_id, bucket, object_key, storage_id, size, part_size, checksum,
                              only_if_absent, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(upload.id.to_string())
    .bind(upload.user.to_string())
    .bind(upload.bucket.as_str())
    .bind(&upload.key)
    .bind(&upload.storage_id)
    .bind(upload.size.map(signed))
    .bind(upload.part_size.map(signed))
    .bind(upload.checksum.map(algorithm_name))
    .bind(i64::from(upload.only_if_absent))
    .bind(upload.created_at)
    .bind(upload.expires_at)
    .execute(db.pool())
    .await?;
    Ok(())
}

/// `None` also for an upload of somebody else, or of another bucket or key.
pub(in super::super) async fn find(
    db: &Database,
    id: Uuid,
    user: UserId,
    bucket: &BucketName,
    key: &str,
) -> Result<Option<Upload>, sqlx::Error> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM uploads WHERE id = $1 AND user_id = $2 AND bucket = $3 AND object_key = $4"
    )))
    .bind(id.to_string())
    .bind(user.to_string())
    .bind(bucket.as_str())
    .bind(key)
    .fetch_optional(db.pool())
    .await?;
    row.as_ref().map(upload).transpose()
}

/// Those still open whose keys begin with `root`, newest first.
pub(in super::super) async fn unfinished(
    db: &Database,
    user: UserId,
    bucket: &BucketName,
    root: &KeyRoot,
    limit: i64,
) -> Result<Vec<Upload>, sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM uploads WHERE user_id = $1 AND bucket = $2 AND state = 'open'
           AND substr(object_key, 1, length($3)) = $3
         ORDER BY created_at DESC, id LIMIT $4"
    )))
    .bind(user.to_string())
    .bind(bucket.as_str())
    .bind(root.as_str())
    .bind(limit)
    .fetch_all(db.pool())
    .await?
    .iter()
    .map(upload)
    .collect()
}

/// Those whose time is over, those whose abort storage may not have carried out, and those whose completion was
/// broken off. In the order of their ids, `after` the one given.
pub(in super::super) async fn overdue(
    db: &Database,
    now: i64,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Upload>, sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM uploads
         WHERE id > $1 AND (completing = 0 OR completing_until <= $2 OR state = 'completed')
           AND (expires_at <= $2 OR state = 'aborting' OR (state = 'open' AND completing > 0))
         ORDER BY id LIMIT $3"
    )))
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(now)
    .bind(limit)
    .fetch_all(db.pool())
    .await?
    .iter()
    .map(upload)
    .collect()
}

/// Moves an open upload's end. A write for each request would be too many: `before` says when one is due.
pub(in super::super) async fn extend(
    pool: &AnyPool,
    id: Uuid,
    expires_at: i64,
    before: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE uploads SET expires_at = $2 WHERE id = $1 AND state = 'open' AND expires_at < $3")
        .bind(id.to_string())
        .bind(expires_at)
        .bind(before)
        .execute(pool)
        .await?;
    Ok(())
}

/// Marks an upload as being completed, before storage hears of it. Several requests may do so at once: storage joins
/// the parts once. False when it is no longer open.
pub(in super::super) async fn begin_completing(
    db: &Database,
    id: Uuid,
    until: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE uploads SET completing = completing + 1, completing_until = $2 WHERE id = $1 AND state = 'open'",
    )
    .bind(id.to_string())
    .bind(until)
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes one such mark back, when storage has certainly not joined the parts.
pub(in super::super) async fn end_completing(db: &Database, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE uploads SET completing = completing - 1 WHERE id = $1 AND state = 'open' AND completing > 0",
    )
    .bind(id.to_string())
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Takes all marks back that were to last until `until`, unless another request has set one since.
pub(in super::super) async fn reopen(db: &Database, id: Uuid, until: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE uploads SET completing = 0 WHERE id = $1 AND state = 'open' AND completing_until = $2",
    )
    .bind(id.to_string())
    .bind(until)
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Records that the upload is to be aborted, before storage hears of it. False when it is completed, or being
/// completed.
pub(in super::super) async fn begin_abort(db: &Database, id: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE uploads SET state = 'aborting' WHERE id = $1 AND state <> 'completed' AND completing = 0",
    )
    .bind(id.to_string())
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(in super::super) async fn completed(
    db: &Database,
    id: Uuid,
    etag: &str,
    version_id: Option<&str>,
    keep_until: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE uploads SET state = 'completed', etag = $2, version_id = $3, expires_at = $4 WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(etag)
    .bind(version_id)
    .bind(keep_until)
    .execute(db.pool())
    .await?;
    Ok(())
}

pub(in super::super) async fn delete(db: &Database, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM uploads WHERE id = $1")
        .bind(id.to_string())
        .execute(db.pool())
        .await?;
    Ok(())
}

/// Whether the journal has an upload that storage calls so.
pub(in super::super) async fn knows(
    db: &Database,
    bucket: &BucketName,
    storage_id: &str,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT 1 FROM uploads WHERE storage_id = $1 AND bucket = $2")
        .bind(storage_id)
        .bind(bucket.as_str())
        .fetch_optional(db.pool())
        .await?;
    Ok(row.is_some())
}

fn upload(row: &AnyRow) -> Result<Upload, sqlx::Error> {
    let text = |column: &'static str| row.try_get::<String, _>(column);
    let optional = |column: &'static str| row.try_get::<Option<String>, _>(column);
    let bytes = |column: &'static str| -> Result<Option<u64>, sqlx::Error> {
        let bytes: Option<i64> = row.try_get(column)?;
        bytes.map(u64::try_from).transpose().map_err(undecodable)
    };
    let state = match text("state")?.as_str() {
        "open" if row.try_get::<i64, _>("completing")? > 0 => State::Completing {
            until: row.try_get("completing_until")?,
        },
        "open" => State::Open,
        "aborting" => State::Aborting,
        _ => State::Completed {
            etag: optional("etag")?.unwrap_or_default(),
            version_id: optional("version_id")?,
        },
    };
    Ok(Upload {
        id: text("id")?.parse().map_err(undecodable)?,
        user: text("user_id")?.parse().map_err(undecodable)?,
        bucket: text("bucket")?.parse().map_err(undecodable)?,
        key: text("object_key")?,
        storage_id: text("storage_id")?,
        size: bytes("size")?,
        part_size: bytes("part_size")?,
        checksum: optional("checksum")?.as_deref().and_then(algorithm),
        only_if_absent: row.try_get::<i64, _>("only_if_absent")? != 0,
        state,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

fn undecodable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

const fn algorithm_name(algorithm: ChecksumAlgorithm) -> &'static str {
    match algorithm {
        ChecksumAlgorithm::Crc32 => "CRC32",
        ChecksumAlgorithm::Crc32C => "CRC32C",
        ChecksumAlgorithm::Crc64Nvme => "CRC64NVME",
        ChecksumAlgorithm::Sha1 => "SHA1",
        ChecksumAlgorithm::Sha256 => "SHA256",
    }
}

fn algorithm(name: &str) -> Option<ChecksumAlgorithm> {
    Some(match name {
        "CRC32" => ChecksumAlgorithm::Crc32,
        "CRC32C" => ChecksumAlgorithm::Crc32C,
        "CRC64NVME" => ChecksumAlgorithm::Crc64Nvme,
        "SHA1" => ChecksumAlgorithm::Sha1,
        "SHA256" => ChecksumAlgorithm::Sha256,
        _ => return None,
    })
}
