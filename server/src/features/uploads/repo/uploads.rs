//! Uploads in parts, from their beginning to their end.

use app::contract::{BucketName, ChecksumAlgorithm, KeyRoot, Timestamp, UserId};
use sqlx::{AnyConnection, AnyPool};
use uuid::Uuid;

use crate::platform::database::{
    Database,
    column::{Flag, Nullable, signed},
};

/// An upload as the journal has it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in super::super) struct Upload {
    #[sqlx(try_from = "String")]
    pub id: Uuid,
    #[sqlx(rename = "user_id", try_from = "String")]
    pub user: UserId,
    #[sqlx(try_from = "String")]
    pub bucket: BucketName,
    #[sqlx(rename = "object_key")]
    pub key: String,
    /// Storage's own id of it.
    pub storage_id: String,
    /// Bytes, when the plan said so.
    #[sqlx(try_from = "Nullable<i64, u64>")]
    pub size: Option<u64>,
    #[sqlx(try_from = "Nullable<i64, u64>")]
    pub part_size: Option<u64>,
    /// What every part carries a checksum of.
    #[sqlx(try_from = "Nullable<String, ChecksumAlgorithm>")]
    pub checksum: Option<ChecksumAlgorithm>,
    #[sqlx(try_from = "Flag")]
    pub only_if_absent: bool,
    #[sqlx(flatten, try_from = "StateRow")]
    pub state: State,
    #[sqlx(try_from = "i64")]
    pub created_at: Timestamp,
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

#[tracing::instrument(level = "debug", name = "sql.uploads.insert", skip_all, fields(id = %upload.id))]
pub(in super::super) async fn insert(
    connection: &mut AnyConnection,
    upload: &Upload,
) -> Result<(), sqlx::Error> {
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
    .bind(upload.checksum.map(ChecksumAlgorithm::text))
    .bind(i64::from(upload.only_if_absent))
    .bind(upload.created_at.unix())
    .bind(upload.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// `None` also for an upload of somebody else, or of another bucket or key.
#[tracing::instrument(level = "debug", name = "sql.uploads.find", skip_all, fields(%id, %user, %bucket))]
pub(in super::super) async fn find(
    db: &Database,
    id: Uuid,
    user: UserId,
    bucket: &BucketName,
    key: &str,
) -> Result<Option<Upload>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM uploads WHERE id = $1 AND user_id = $2 AND bucket = $3 AND object_key = $4"
    )))
    .bind(id.to_string())
    .bind(user.to_string())
    .bind(bucket.as_str())
    .bind(key)
    .fetch_optional(db.pool())
    .await
}

/// Those still open whose keys begin with one of the roots, newest first.
#[tracing::instrument(level = "debug", name = "sql.uploads.unfinished", skip_all, fields(%user, %bucket, limit))]
pub(in super::super) async fn unfinished(
    db: &Database,
    user: UserId,
    bucket: &BucketName,
    roots: &[&KeyRoot],
    limit: i64,
) -> Result<Vec<Upload>, sqlx::Error> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let under: Vec<_> = (4..4 + roots.len())
        .map(|n| format!("substr(object_key, 1, length(${n})) = ${n}"))
        .collect();
    let text = format!(
        "SELECT {COLUMNS} FROM uploads WHERE user_id = $1 AND bucket = $2 AND state = 'open' AND ({})
         ORDER BY created_at DESC, id LIMIT $3",
        under.join(" OR ")
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(user.to_string())
        .bind(bucket.as_str())
        .bind(limit);
    for root in roots {
        query = query.bind(root.as_str());
    }
    query.fetch_all(db.pool()).await
}

/// Whose owner may not write to the team's folder (any more) that its key lies in, in the home bucket `$4`: `teams/` and
/// an id with its slash are 43 characters.
const OUT_OF_TEAM: &str = "bucket = $4 AND substr(object_key, 1, 6) = 'teams/' AND NOT EXISTS (
    SELECT 1 FROM team_members m JOIN teams t ON t.id = m.team_id
    WHERE m.user_id = uploads.user_id AND m.role <> 'viewer' AND t.deleted_at IS NULL
      AND 'teams/' || m.team_id || '/' = substr(uploads.object_key, 1, 43))";

/// Those whose time is over or whose owner lost access, those whose abort storage may not have carried out, and those
/// whose completion was broken off. In the order of their ids, `after` the one given.
#[tracing::instrument(level = "debug", name = "sql.uploads.overdue", skip_all, fields(limit))]
pub(in super::super) async fn overdue(
    db: &Database,
    home: &BucketName,
    now: i64,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Upload>, sqlx::Error> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM uploads
         WHERE id > $1 AND (completing = 0 OR completing_until <= $2 OR state = 'completed')
           AND (expires_at <= $2 OR state = 'aborting'
                OR (state = 'open' AND (completing > 0 OR ({OUT_OF_TEAM}))))
         ORDER BY id LIMIT $3"
    )))
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(now)
    .bind(limit)
    .bind(home.as_str())
    .fetch_all(db.pool())
    .await
}

/// Moves an open upload's end. A write for each request would be too many: `before` says when one is due.
#[tracing::instrument(level = "debug", name = "sql.uploads.extend", skip_all, fields(%id))]
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
#[tracing::instrument(level = "debug", name = "sql.uploads.begin_completing", skip_all, fields(%id))]
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
#[tracing::instrument(level = "debug", name = "sql.uploads.end_completing", skip_all, fields(%id))]
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
#[tracing::instrument(level = "debug", name = "sql.uploads.reopen", skip_all, fields(%id))]
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
#[tracing::instrument(level = "debug", name = "sql.uploads.begin_abort", skip_all, fields(%id))]
pub(in super::super) async fn begin_abort(db: &Database, id: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE uploads SET state = 'aborting' WHERE id = $1 AND state <> 'completed' AND completing = 0",
    )
    .bind(id.to_string())
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected() > 0)
}

#[tracing::instrument(level = "debug", name = "sql.uploads.completed", skip_all, fields(%id))]
pub(in super::super) async fn completed(
    connection: &mut AnyConnection,
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
    .execute(connection)
    .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.uploads.delete", skip_all, fields(%id))]
pub(in super::super) async fn delete(connection: &mut AnyConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM uploads WHERE id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether the journal has an upload that storage calls so.
#[tracing::instrument(level = "debug", name = "sql.uploads.knows", skip_all, fields(%bucket))]
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

/// All of a bucket, whatever their state.
#[tracing::instrument(level = "debug", name = "sql.uploads.of_bucket", skip_all, fields(%bucket))]
pub(in super::super) async fn of_bucket(
    db: &Database,
    bucket: &BucketName,
) -> Result<Vec<Uuid>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(try_from = "String")]
        id: Uuid,
    }
    let found: Vec<Row> = sqlx::query_as("SELECT id FROM uploads WHERE bucket = $1")
        .bind(bucket.as_str())
        .fetch_all(db.pool())
        .await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

#[derive(sqlx::FromRow)]
struct StateRow {
    state: String,
    #[sqlx(try_from = "i64")]
    completing: u64,
    completing_until: i64,
    etag: Option<String>,
    version_id: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum StateError {
    #[error("{0:?} is none of open, aborting, completed")]
    Unknown(String),
    #[error("a completed upload without an ETag")]
    NoEtag,
}

impl TryFrom<StateRow> for State {
    type Error = StateError;

    fn try_from(row: StateRow) -> Result<Self, Self::Error> {
        match row.state.as_str() {
            "open" if row.completing > 0 => Ok(Self::Completing {
                until: row.completing_until,
            }),
            "open" => Ok(Self::Open),
            "aborting" => Ok(Self::Aborting),
            "completed" => Ok(Self::Completed {
                etag: row.etag.ok_or(StateError::NoEtag)?,
                version_id: row.version_id,
            }),
            _ => Err(StateError::Unknown(row.state)),
        }
    }
}
