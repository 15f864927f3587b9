//! The journal of jobs on files: one row for each object. SQL only.

use app::contract::{JobId, UnknownName, UserId};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};

use crate::platform::database::{
    column::{Nullable, signed},
    rows::placeholders,
};

/// Rows of one statement; both databases allow far more parameters.
const ROWS: usize = 200;
const COLUMNS: &str = "job_id, position, source_key, source_etag, source_size, source_version, destination_key, \
                       overwritten_version, overwritten_etag, upload_id, made_version, made_etag, marker, state";
const COLUMN_COUNT: usize = 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Planned,
    /// The copy was made; the source is still to be deleted.
    Copied,
    Done,
    Skipped,
    Failed,
    Undone,
}

impl State {
    const ALL: [Self; 6] = [
        Self::Planned,
        Self::Copied,
        Self::Done,
        Self::Skipped,
        Self::Failed,
        Self::Undone,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Copied => "copied",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }

    /// Whether the job is finished with the object.
    pub(super) fn is_final(self) -> bool {
        !matches!(self, Self::Planned | Self::Copied)
    }
}

impl TryFrom<String> for State {
    type Error = UnknownName;

    fn try_from(text: String) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|state| state.text() == text);
        found.ok_or(UnknownName {
            text,
            names: "planned, copied, done, skipped, failed, undone",
        })
    }
}

/// The object that a copy replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Overwritten {
    /// `None` where the bucket keeps no versions.
    pub version: Option<String>,
    pub etag: String,
}

/// One object of a job.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Item {
    pub position: i64,
    #[sqlx(rename = "source_key", try_from = "KeyColumn")]
    pub source: String,
    /// Without quotes; empty where it was not read.
    #[sqlx(rename = "source_etag")]
    pub etag: String,
    #[sqlx(rename = "source_size", try_from = "i64")]
    pub size: u64,
    pub source_version: Option<String>,
    /// `None` for a deletion.
    #[sqlx(rename = "destination_key", try_from = "Nullable<KeyColumn, String>")]
    pub destination: Option<String>,
    #[sqlx(flatten, try_from = "OverwrittenColumns")]
    pub overwritten: Option<Overwritten>,
    pub upload_id: Option<String>,
    pub made_version: Option<String>,
    pub made_etag: Option<String>,
    pub marker: Option<String>,
    #[sqlx(try_from = "String")]
    pub state: State,
}

#[derive(sqlx::FromRow)]
struct OverwrittenColumns {
    overwritten_version: Option<String>,
    overwritten_etag: Option<String>,
}

impl From<OverwrittenColumns> for Option<Overwritten> {
    fn from(columns: OverwrittenColumns) -> Self {
        let version = columns.overwritten_version;
        columns.overwritten_etag.map(|etag| Overwritten { version, etag })
    }
}

/// A key, stored as a JSON string because it may hold U+0000.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
struct KeyColumn(String);

impl TryFrom<KeyColumn> for String {
    type Error = serde_json::Error;

    fn try_from(column: KeyColumn) -> Result<Self, Self::Error> {
        serde_json::from_str(&column.0)
    }
}

impl Item {
    pub(super) fn planned(position: i64, source: String) -> Self {
        Self {
            position,
            source,
            etag: String::new(),
            size: 0,
            source_version: None,
            destination: None,
            overwritten: None,
            upload_id: None,
            made_version: None,
            made_etag: None,
            marker: None,
            state: State::Planned,
        }
    }
}

/// Inserts or updates these rows.
#[tracing::instrument(level = "debug", name = "sql.changes.write", skip_all, fields(%job))]
pub(super) async fn write(
    connection: &mut AnyConnection,
    job: JobId,
    items: &[Item],
) -> Result<(), sqlx::Error> {
    for rows in items.chunks(ROWS) {
        let text = format!(
            "INSERT INTO job_items ({COLUMNS}) VALUES {}
             ON CONFLICT (job_id, position) DO UPDATE SET
                source_version = excluded.source_version, destination_key = excluded.destination_key,
                overwritten_version = excluded.overwritten_version, overwritten_etag = excluded.overwritten_etag,
                upload_id = excluded.upload_id, made_version = excluded.made_version,
                made_etag = excluded.made_etag, marker = excluded.marker, state = excluded.state",
            placeholders(rows.len(), 0, COLUMN_COUNT)
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        for item in rows {
            query = query
                .bind(job.to_string())
                .bind(item.position)
                .bind(written(&item.source)?)
                .bind(item.etag.clone())
                .bind(signed(item.size))
                .bind(item.source_version.clone())
                .bind(item.destination.as_deref().map(written).transpose()?)
                .bind(item.overwritten.as_ref().and_then(|there| there.version.clone()))
                .bind(item.overwritten.as_ref().map(|there| there.etag.clone()))
                .bind(item.upload_id.clone())
                .bind(item.made_version.clone())
                .bind(item.made_etag.clone())
                .bind(item.marker.clone())
                .bind(item.state.text());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// The next unfinished rows from this position on.
#[tracing::instrument(level = "debug", name = "sql.changes.unfinished", skip_all, fields(%job, limit))]
pub(super) async fn unfinished(
    pool: &AnyPool,
    job: JobId,
    from: i64,
    limit: i64,
) -> Result<Vec<Item>, sqlx::Error> {
    select(
        pool,
        "position >= $2 AND state IN ('planned', 'copied') ORDER BY position",
        job,
        from,
        limit,
    )
    .await
}

/// The rows before this position that can be undone, the last first.
#[tracing::instrument(level = "debug", name = "sql.changes.to_undo", skip_all, fields(%job, limit))]
pub(super) async fn to_undo(
    pool: &AnyPool,
    job: JobId,
    below: i64,
    limit: i64,
) -> Result<Vec<Item>, sqlx::Error> {
    select(
        pool,
        "position < $2 AND state <> 'undone' AND (made_version IS NOT NULL OR marker IS NOT NULL)
         ORDER BY position DESC",
        job,
        below,
        limit,
    )
    .await
}

/// Rows with an upload that was not completed.
#[tracing::instrument(level = "debug", name = "sql.changes.with_uploads", skip_all, fields(%job))]
pub(super) async fn with_uploads(pool: &AnyPool, job: JobId) -> Result<Vec<Item>, sqlx::Error> {
    const AT_ONCE: i64 = 1000;
    select(
        pool,
        "position >= $2 AND state IN ('planned', 'failed', 'skipped') AND upload_id IS NOT NULL ORDER BY position",
        job,
        0,
        AT_ONCE,
    )
    .await
}

async fn select(
    pool: &AnyPool,
    condition: &str,
    job: JobId,
    position: i64,
    limit: i64,
) -> Result<Vec<Item>, sqlx::Error> {
    let text = format!("SELECT {COLUMNS} FROM job_items WHERE job_id = $1 AND {condition} LIMIT $3");
    sqlx::query_as(AssertSqlSafe(text))
        .bind(job.to_string())
        .bind(position)
        .bind(limit)
        .fetch_all(pool)
        .await
}

/// How many rows can be undone.
#[tracing::instrument(level = "debug", name = "sql.changes.count_to_undo", skip_all, fields(%job))]
pub(super) async fn count_to_undo(pool: &AnyPool, job: JobId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM job_items
         WHERE job_id = $1 AND state <> 'undone' AND (made_version IS NOT NULL OR marker IS NOT NULL)",
    )
    .bind(job.to_string())
    .fetch_one(pool)
    .await
}

/// The row of a job that is to be undone.
#[derive(sqlx::FromRow)]
pub(super) struct UndoneJob {
    pub kind: String,
    pub input: String,
    pub about: Option<String>,
    pub undo_expires_at: Option<i64>,
    state: String,
}

impl UndoneJob {
    pub(super) fn has_ended(&self) -> bool {
        !matches!(self.state.as_str(), "queued" | "running")
    }
}

/// `None` for a job that is not this person's.
#[tracing::instrument(level = "debug", name = "sql.changes.job_of", skip_all, fields(%owner, %job))]
pub(super) async fn job_of(
    connection: &mut AnyConnection,
    owner: UserId,
    job: JobId,
) -> Result<Option<UndoneJob>, sqlx::Error> {
    sqlx::query_as("SELECT kind, input, about, undo_expires_at, state FROM jobs WHERE id = $1 AND owner = $2")
        .bind(job.to_string())
        .bind(owner.to_string())
        .fetch_optional(connection)
        .await
}

/// Offers the undo of a job until this moment, or ends the offer.
#[tracing::instrument(level = "debug", name = "sql.changes.offer_undo", skip_all, fields(%job))]
pub(super) async fn offer_undo(
    connection: &mut AnyConnection,
    job: JobId,
    until: Option<i64>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jobs SET undo_expires_at = $2, revision = revision + 1 WHERE id = $1")
        .bind(job.to_string())
        .bind(until)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes the rows of ended jobs, unless the job can still be undone or is being undone.
#[tracing::instrument(level = "debug", name = "sql.changes.sweep", skip_all)]
pub(super) async fn sweep(pool: &AnyPool, now: i64) -> Result<u64, sqlx::Error> {
    let swept = sqlx::query(
        "DELETE FROM job_items WHERE job_id IN (
            SELECT jobs.id FROM jobs
            WHERE jobs.finished_at IS NOT NULL AND (jobs.undo_expires_at IS NULL OR jobs.undo_expires_at <= $1)
              AND NOT EXISTS (
                SELECT 1 FROM jobs AS undoing
                WHERE undoing.undo_of = jobs.id AND undoing.state IN ('queued', 'running')))",
    )
    .bind(now)
    .execute(pool)
    .await?;
    Ok(swept.rows_affected())
}

fn written(key: &str) -> Result<String, sqlx::Error> {
    serde_json::to_string(key).map_err(|error| sqlx::Error::Encode(error.into()))
}
