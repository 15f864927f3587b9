//! Reads jobs for their owners. SQL only; the queue writes them.

use std::collections::HashMap;

use app::{
    contract::{ApiKeyId, JobId, Timestamp, UserId},
    features::jobs::types::{Job, JobAbout, JobFailure, JobState, JobUndo},
};
use sqlx::{AnyPool, AssertSqlSafe};

use crate::platform::{
    database::{
        column::{Milliseconds, Nullable},
        rows::list,
    },
    queue::Progress,
};

const COLUMNS: &str = "id, kind, about, state, done, total, bytes_done, bytes_total, created_at_ms,
    created_at_ms AS created_ms, finished_at, undo_expires_at, revision";
/// Selects the jobs of the person `$1` or, where `$2` is not `NULL`, those that this API key has begun.
const VISIBLE: &str = "owner = $1 AND (CAST($2 AS TEXT) IS NULL OR api_key = $2)";

/// The caller whose jobs are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose {
    pub owner: UserId,
    /// Only the jobs that this key has begun.
    pub api_key: Option<ApiKeyId>,
}

#[derive(sqlx::FromRow)]
pub(super) struct JobRow {
    #[sqlx(try_from = "String")]
    pub id: JobId,
    kind: String,
    #[sqlx(try_from = "Nullable<AboutColumn, JobAbout>")]
    about: Option<JobAbout>,
    #[sqlx(try_from = "String")]
    state: JobState,
    #[sqlx(flatten)]
    progress: Progress,
    #[sqlx(rename = "created_at_ms", try_from = "Milliseconds")]
    created_at: Timestamp,
    /// The same in milliseconds, by which the list is ordered.
    pub created_ms: i64,
    #[sqlx(try_from = "Nullable<i64, Timestamp>")]
    finished_at: Option<Timestamp>,
    #[sqlx(try_from = "Nullable<i64, Timestamp>")]
    undo_expires_at: Option<Timestamp>,
    pub revision: i64,
}

/// JSON
#[derive(sqlx::Type)]
#[sqlx(transparent)]
struct AboutColumn(String);

impl TryFrom<AboutColumn> for JobAbout {
    type Error = serde_json::Error;

    fn try_from(column: AboutColumn) -> Result<Self, Self::Error> {
        serde_json::from_str(&column.0)
    }
}

#[derive(sqlx::FromRow)]
struct FailureRow {
    #[sqlx(try_from = "String")]
    job_id: JobId,
    object_key: String,
    message: String,
}

/// Newest first, from below `before` (`created_at_ms`, id).
#[tracing::instrument(level = "debug", name = "sql.jobs.page", skip_all, fields(limit))]
pub(super) async fn page(
    pool: &AnyPool,
    whose: Whose,
    before: (i64, &str),
    limit: i64,
) -> Result<Vec<JobRow>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM jobs
         WHERE {VISIBLE} AND (created_at_ms < $3 OR (created_at_ms = $3 AND id < $4))
         ORDER BY created_at_ms DESC, id DESC LIMIT $5"
    )))
    .bind(whose.owner.to_string())
    .bind(whose.api_key.map(|key| key.to_string()))
    .bind(before.0)
    .bind(before.1.to_owned())
    .bind(limit)
    .fetch_all(pool)
    .await
}

#[tracing::instrument(level = "debug", name = "sql.jobs.find", skip_all, fields(%job))]
pub(super) async fn find(pool: &AnyPool, whose: Whose, job: JobId) -> Result<Option<JobRow>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM jobs WHERE {VISIBLE} AND id = $3"
    )))
    .bind(whose.owner.to_string())
    .bind(whose.api_key.map(|key| key.to_string()))
    .bind(job.to_string())
    .fetch_optional(pool)
    .await
}

/// Jobs that wait, run, or ended after `since`: the newest `limit` of them, oldest first.
#[tracing::instrument(level = "debug", name = "sql.jobs.current", skip_all, fields(limit))]
pub(super) async fn current(
    pool: &AnyPool,
    whose: Whose,
    since: i64,
    limit: i64,
) -> Result<Vec<JobRow>, sqlx::Error> {
    let mut rows: Vec<JobRow> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM jobs
         WHERE {VISIBLE} AND (state IN ('queued', 'running') OR finished_at > $3)
         ORDER BY created_at_ms DESC, id DESC LIMIT $4"
    )))
    .bind(whose.owner.to_string())
    .bind(whose.api_key.map(|key| key.to_string()))
    .bind(since)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.reverse();
    Ok(rows)
}

/// The jobs, each with its first failures, at most `limit` of them.
#[tracing::instrument(level = "debug", name = "sql.jobs.with_failures", skip_all)]
pub(super) async fn with_failures(
    pool: &AnyPool,
    rows: Vec<JobRow>,
    limit: i64,
    now: i64,
) -> Result<Vec<Job>, sqlx::Error> {
    let mut failures = failures(pool, &rows, limit).await?;
    let jobs = rows.into_iter().map(|row| Job {
        failures: failures.remove(&row.id).unwrap_or_default(),
        id: row.id,
        kind: row.kind,
        about: row.about,
        state: row.state,
        done: row.progress.done,
        total: row.progress.total,
        bytes_done: row.progress.bytes_done,
        bytes_total: row.progress.bytes_total,
        created_at: row.created_at,
        finished_at: row.finished_at,
        undo: row
            .undo_expires_at
            .filter(|expires_at| expires_at.unix() > now)
            .map(|expires_at| JobUndo { expires_at }),
    });
    Ok(jobs.collect())
}

async fn failures(
    pool: &AnyPool,
    rows: &[JobRow],
    limit: i64,
) -> Result<HashMap<JobId, Vec<JobFailure>>, sqlx::Error> {
    let mut failures = HashMap::<JobId, Vec<JobFailure>>::new();
    if rows.is_empty() {
        return Ok(failures);
    }
    let mut query = sqlx::query_as::<_, FailureRow>(AssertSqlSafe(format!(
        "SELECT job_id, object_key, message FROM job_failures
         WHERE position < $1 AND job_id IN ({}) ORDER BY job_id, position",
        list(2..rows.len() + 2)
    )))
    .bind(limit);
    for row in rows {
        query = query.bind(row.id.to_string());
    }
    for row in query.fetch_all(pool).await? {
        failures.entry(row.job_id).or_default().push(JobFailure {
            key: row.object_key,
            message: row.message,
        });
    }
    Ok(failures)
}
