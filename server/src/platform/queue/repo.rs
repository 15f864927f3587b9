//! The SQL of the queue. Every write to a running job names its lease, and does nothing once another replica holds it.

use app::contract::{JobId, UserId};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};

use super::{JobFailure, NewJob, Progress};
use crate::platform::{
    Platform,
    database::{
        column::{Flag, Nullable, signed},
        rows::{list, placeholders},
    },
};

/// Rows of failures in one statement.
const ROWS: usize = 100;
/// The first failures of a job are kept; the rest are only counted.
const KEPT_FAILURES: i64 = 1000;
/// The condition under which a job can be claimed at the moment `$1`.
const DUE: &str = "state IN ('queued', 'running') AND due_at <= $1";

/// A job that was just claimed.
#[derive(sqlx::FromRow)]
pub(super) struct Claimed {
    #[sqlx(try_from = "String")]
    pub id: JobId,
    pub kind: String,
    #[sqlx(try_from = "Nullable<String, UserId>")]
    pub owner: Option<UserId>,
    pub input: String,
    pub cursor: Option<String>,
    #[sqlx(flatten)]
    pub progress: Progress,
    /// This one included.
    pub attempts: i64,
    #[sqlx(try_from = "Flag")]
    pub cancel_requested: bool,
}

/// How far a job is.
pub(super) struct Checkpoint<'a> {
    pub cursor: &'a str,
    pub progress: Progress,
    /// Failures since the last checkpoint.
    pub failures: &'a [JobFailure],
    pub attempts: i64,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    Failed,
    Cancelled,
}

impl Ended {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Locks the person's row until the transaction ends: other requests that queue a job for this person wait.
#[tracing::instrument(level = "debug", name = "sql.queue.hold", skip_all, fields(%owner))]
pub(super) async fn hold(connection: &mut AnyConnection, owner: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET id = id WHERE id = $1")
        .bind(owner.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// How many of a person's jobs wait or run.
#[tracing::instrument(level = "debug", name = "sql.queue.open_of", skip_all, fields(%owner))]
pub(super) async fn open_of(connection: &mut AnyConnection, owner: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM jobs WHERE owner = $1 AND state IN ('queued', 'running')")
        .bind(owner.to_string())
        .fetch_one(connection)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.queue.insert", skip_all, fields(%id))]
pub(super) async fn insert(
    connection: &mut AnyConnection,
    id: JobId,
    owner: Option<UserId>,
    job: &NewJob,
    platform: &Platform,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO jobs (id, kind, owner, api_key, input, undo_of, about, due_at, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id.to_string())
    .bind(job.kind)
    .bind(owner.map(|owner| owner.to_string()))
    .bind(job.api_key.map(|key| key.to_string()))
    .bind(&job.input)
    .bind(job.undo_of.map(|job| job.to_string()))
    .bind(job.about.as_deref())
    .bind(platform.now())
    .bind(platform.now_ms())
    .execute(connection)
    .await?;
    Ok(())
}

/// The oldest jobs of these kinds that can be claimed, without those of `passed_over`. Another replica may claim them
/// first.
#[tracing::instrument(level = "debug", name = "sql.queue.due", skip_all, fields(limit))]
pub(super) async fn due(
    pool: &AnyPool,
    kinds: &[&str],
    passed_over: &[UserId],
    now: i64,
    limit: i64,
) -> Result<Vec<JobId>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Due {
        #[sqlx(try_from = "String")]
        id: JobId,
    }
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let first_owner = 3 + kinds.len();
    let others = match passed_over.len() {
        0 => String::new(),
        count => format!(
            "AND (owner IS NULL OR owner NOT IN ({}))",
            list(first_owner..first_owner + count)
        ),
    };
    let text = format!(
        "SELECT id FROM jobs WHERE {DUE} AND kind IN ({}) {others} ORDER BY created_at_ms, id LIMIT $2",
        list(3..first_owner)
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text)).bind(now).bind(limit);
    for kind in kinds {
        query = query.bind((*kind).to_owned());
    }
    for owner in passed_over {
        query = query.bind(owner.to_string());
    }
    let due: Vec<Due> = query.fetch_all(pool).await?;
    Ok(due.into_iter().map(|job| job.id).collect())
}

/// Claims a job until `until`; `None` when another replica was faster. PostgreSQL checks the condition again after
/// waiting for the other's lock, so one of the two alone succeeds.
#[tracing::instrument(level = "debug", name = "sql.queue.claim", skip_all, fields(%job))]
pub(super) async fn claim(
    pool: &AnyPool,
    job: JobId,
    lease: &str,
    now: i64,
    until: i64,
) -> Result<Option<Claimed>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!(
        "UPDATE jobs SET state = 'running', lease = $3, due_at = $4, attempts = attempts + 1,
                started_at = COALESCE(started_at, $1), revision = revision + 1
         WHERE id = $2 AND {DUE}
         RETURNING id, kind, owner, input, cursor, done, total, bytes_done, bytes_total, attempts, cancel_requested"
    )))
    .bind(now)
    .bind(job.to_string())
    .bind(lease)
    .bind(until)
    .fetch_optional(pool)
    .await
}

/// Extends the lease, and answers whether the owner has asked the job to stop; `None` when the lease is lost.
#[tracing::instrument(level = "debug", name = "sql.queue.renew", skip_all, fields(%job))]
pub(super) async fn renew(
    pool: &AnyPool,
    job: JobId,
    lease: &str,
    until: i64,
) -> Result<Option<bool>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Renewed {
        #[sqlx(try_from = "Flag")]
        cancel_requested: bool,
    }
    let renewed: Option<Renewed> = sqlx::query_as(
        "UPDATE jobs SET due_at = $3 WHERE id = $1 AND lease = $2 AND state = 'running' RETURNING cancel_requested",
    )
    .bind(job.to_string())
    .bind(lease)
    .bind(until)
    .fetch_optional(pool)
    .await?;
    Ok(renewed.map(|job| job.cancel_requested))
}

/// Writes a checkpoint, and answers as [`renew`].
#[tracing::instrument(level = "debug", name = "sql.queue.checkpoint", skip_all, fields(%job))]
pub(super) async fn checkpoint(
    connection: &mut AnyConnection,
    job: JobId,
    lease: &str,
    until: i64,
    checkpoint: &Checkpoint<'_>,
) -> Result<Option<bool>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Written {
        #[sqlx(try_from = "Flag")]
        cancel_requested: bool,
        failed: i64,
    }
    let Checkpoint {
        cursor,
        progress,
        failures,
        attempts,
    } = *checkpoint;
    let written: Option<Written> = sqlx::query_as(
        "UPDATE jobs SET due_at = $3, cursor = $4, done = $5, total = $6, bytes_done = $7, bytes_total = $8,
                failed = failed + $9, attempts = $10, revision = revision + 1
         WHERE id = $1 AND lease = $2 AND state = 'running' RETURNING cancel_requested, failed",
    )
    .bind(job.to_string())
    .bind(lease)
    .bind(until)
    .bind(cursor)
    .bind(signed(progress.done))
    .bind(progress.total.map(signed))
    .bind(signed(progress.bytes_done))
    .bind(progress.bytes_total.map(signed))
    .bind(count(failures))
    .bind(attempts)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(written) = written else { return Ok(None) };
    keep_failures(connection, job, written.failed - count(failures), failures).await?;
    Ok(Some(written.cancel_requested))
}

/// `before` so many others have failed.
async fn keep_failures(
    connection: &mut AnyConnection,
    job: JobId,
    before: i64,
    failures: &[JobFailure],
) -> Result<(), sqlx::Error> {
    let kept: Vec<_> = (before..KEPT_FAILURES).zip(failures).collect();
    // One by one a thousand of them could take as long as the lease lasts.
    for rows in kept.chunks(ROWS) {
        keep(connection, job, rows).await?;
    }
    Ok(())
}

/// Ends a running job, and answers its owner; `None` when its lease is lost. The row of a job without an owner is
/// deleted.
#[tracing::instrument(level = "debug", name = "sql.queue.end", skip_all, fields(%job))]
pub(super) async fn end(
    connection: &mut AnyConnection,
    job: JobId,
    lease: &str,
    ended: Ended,
    failure: Option<&JobFailure>,
    undo_expires_at: Option<i64>,
    now: i64,
) -> Result<Option<Option<UserId>>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Finished {
        #[sqlx(try_from = "Nullable<String, UserId>")]
        owner: Option<UserId>,
        failed: i64,
    }
    let finished: Option<Finished> = sqlx::query_as(
        "UPDATE jobs SET state = $3, finished_at = $4, undo_expires_at = $5, failed = failed + $6, lease = NULL,
                revision = revision + 1
         WHERE id = $1 AND lease = $2 AND state = 'running' RETURNING owner, failed",
    )
    .bind(job.to_string())
    .bind(lease)
    .bind(ended.text())
    .bind(now)
    .bind(undo_expires_at)
    .bind(i64::from(failure.is_some()))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(Finished { owner, failed }) = finished else {
        return Ok(None);
    };
    if owner.is_none() {
        sqlx::query("DELETE FROM jobs WHERE id = $1")
            .bind(job.to_string())
            .execute(connection)
            .await?;
    } else if let Some(failure) = failure {
        // The reason why a job failed is always kept, in the last place if need be.
        let position = (failed - 1).min(KEPT_FAILURES - 1);
        keep(connection, job, &[(position, failure)]).await?;
    }
    Ok(Some(owner))
}

/// Stores failures, each at its position.
async fn keep(
    connection: &mut AnyConnection,
    job: JobId,
    rows: &[(i64, &JobFailure)],
) -> Result<(), sqlx::Error> {
    let text = format!(
        "INSERT INTO job_failures (job_id, position, object_key, message) VALUES {}
         ON CONFLICT (job_id, position) DO UPDATE SET object_key = excluded.object_key, message = excluded.message",
        placeholders(rows.len(), 1, 3)
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(job.to_string());
    for (position, failure) in rows {
        query = query.bind(position).bind(&failure.key).bind(&failure.message);
    }
    query.execute(connection).await?;
    Ok(())
}

/// Gives the lease back: the job can be claimed from `due_at` on, with this count of attempts. `false` when the lease
/// is lost.
#[tracing::instrument(level = "debug", name = "sql.queue.put_back", skip_all, fields(%job))]
pub(super) async fn put_back(
    pool: &AnyPool,
    job: JobId,
    lease: &str,
    due_at: i64,
    attempts: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'queued', lease = NULL, due_at = $3, attempts = $4, revision = revision + 1
         WHERE id = $1 AND lease = $2 AND state = 'running'",
    )
    .bind(job.to_string())
    .bind(lease)
    .bind(due_at)
    .bind(attempts)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Cancels a person's job that has never run; `false` when it has.
#[tracing::instrument(level = "debug", name = "sql.queue.cancel_unstarted", skip_all, fields(%job, %owner))]
pub(super) async fn cancel_unstarted(
    pool: &AnyPool,
    job: JobId,
    owner: UserId,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'cancelled', cancel_requested = 1, finished_at = $3, revision = revision + 1
         WHERE id = $1 AND owner = $2 AND state = 'queued' AND started_at IS NULL",
    )
    .bind(job.to_string())
    .bind(owner.to_string())
    .bind(now)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Asks a person's job to stop. A job that waits for its next attempt becomes due at once, to clean up. `false` when it
/// has ended, or there is none.
#[tracing::instrument(level = "debug", name = "sql.queue.request_cancel", skip_all, fields(%job, %owner))]
pub(super) async fn request_cancel(
    pool: &AnyPool,
    job: JobId,
    owner: UserId,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE jobs SET cancel_requested = 1, due_at = CASE WHEN state = 'queued' THEN $3 ELSE due_at END,
                revision = revision + 1
         WHERE id = $1 AND owner = $2 AND state IN ('queued', 'running')",
    )
    .bind(job.to_string())
    .bind(owner.to_string())
    .bind(now)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes jobs that ended before `before`, and all but each person's `keep` newest ended ones. Jobs that can still be
/// undone stay.
#[tracing::instrument(level = "debug", name = "sql.queue.sweep", skip_all)]
pub(super) async fn sweep(pool: &AnyPool, now: i64, before: i64, keep: i64) -> Result<u64, sqlx::Error> {
    let swept = sqlx::query(
        "DELETE FROM jobs
         WHERE finished_at IS NOT NULL AND (undo_expires_at IS NULL OR undo_expires_at <= $1)
           AND (finished_at < $2 OR id IN (
                SELECT id FROM (
                    SELECT id, ROW_NUMBER() OVER (PARTITION BY owner ORDER BY created_at_ms DESC, id DESC) AS place
                    FROM jobs WHERE finished_at IS NOT NULL
                ) AS placed WHERE place > $3))",
    )
    .bind(now)
    .bind(before)
    .bind(keep)
    .execute(pool)
    .await?;
    Ok(swept.rows_affected())
}

fn count(failures: &[JobFailure]) -> i64 {
    i64::try_from(failures.len()).unwrap_or(i64::MAX)
}
