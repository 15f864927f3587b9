//! The SQL of counts by jobs.

use app::{
    contract::{JobId, UserId},
    features::{files::types_history::ChangeCounts, jobs::types::QueuedJob},
};
use sqlx::{Any, AnyConnection, Executor, Row, any::AnyRow};

use super::Kept;
use crate::platform::database::{column::signed, unreadable};

#[tracing::instrument(level = "debug", name = "sql.history_counts.find", skip_all, fields(%owner))]
pub(super) async fn find<'e>(
    executor: impl Executor<'e, Database = Any>,
    owner: UserId,
    question: &str,
) -> Result<Option<Kept>, sqlx::Error> {
    sqlx::query(
        "SELECT history_counts.job_id, history_counts.added, history_counts.changed, history_counts.deleted,
                history_counts.counted_at, jobs.state
         FROM history_counts JOIN jobs ON jobs.id = history_counts.job_id
         WHERE history_counts.owner = $1 AND history_counts.question = $2",
    )
    .bind(owner.to_string())
    .bind(question.to_owned())
    .fetch_optional(executor)
    .await?
    .as_ref()
    .map(kept)
    .transpose()
}

/// Stores the job that counts, replacing an older one.
#[tracing::instrument(level = "debug", name = "sql.history_counts.begin", skip_all, fields(%owner, %job))]
pub(super) async fn begin(
    connection: &mut AnyConnection,
    owner: UserId,
    question: &str,
    job: JobId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO history_counts (job_id, owner, question) VALUES ($1, $2, $3)
         ON CONFLICT (owner, question) DO UPDATE SET job_id = excluded.job_id, added = NULL, changed = NULL,
            deleted = NULL, counted_at = NULL",
    )
    .bind(job.to_string())
    .bind(owner.to_string())
    .bind(question)
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores the result of a job, unless a newer job has replaced it.
#[tracing::instrument(level = "debug", name = "sql.history_counts.finish", skip_all, fields(%job))]
pub(super) async fn finish(
    connection: &mut AnyConnection,
    job: JobId,
    counts: ChangeCounts,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE history_counts SET added = $2, changed = $3, deleted = $4, counted_at = $5 WHERE job_id = $1",
    )
    .bind(job.to_string())
    .bind(signed(counts.added))
    .bind(signed(counts.changed))
    .bind(signed(counts.deleted))
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

fn kept(row: &AnyRow) -> Result<Kept, sqlx::Error> {
    let unsigned = |column: &'static str| {
        let value: Option<i64> = row.try_get(column)?;
        value
            .map(|value| u64::try_from(value).map_err(|_| unreadable(column)))
            .transpose()
    };
    let counts = match (unsigned("added")?, unsigned("changed")?, unsigned("deleted")?) {
        (Some(added), Some(changed), Some(deleted)) => Some(ChangeCounts {
            added,
            changed,
            deleted,
        }),
        _ => None,
    };
    let job: String = row.try_get("job_id")?;
    let state: String = row.try_get("state")?;
    Ok(Kept {
        job: QueuedJob {
            job_id: job.parse().map_err(|_| unreadable("job_id"))?,
        },
        is_open: matches!(state.as_str(), "queued" | "running"),
        counts,
        counted_at: row.try_get("counted_at")?,
    })
}
