//! The SQL of the areas of jobs.

use app::contract::JobId;
use sqlx::AnyConnection;

/// Locks the bucket's row until the transaction ends: other requests that begin a job in this bucket wait.
#[tracing::instrument(level = "debug", name = "sql.areas.hold_bucket", skip_all, fields(%bucket))]
pub(super) async fn hold_bucket(connection: &mut AnyConnection, bucket: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO job_buckets (bucket) VALUES ($1) ON CONFLICT (bucket) DO UPDATE SET bucket = excluded.bucket",
    )
    .bind(bucket)
    .execute(connection)
    .await?;
    Ok(())
}

/// The kinds of the unfinished jobs, with their areas in JSON.
#[tracing::instrument(level = "debug", name = "sql.areas.unfinished", skip_all)]
pub(super) async fn unfinished(connection: &mut AnyConnection) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT jobs.kind, job_areas.areas FROM job_areas JOIN jobs ON jobs.id = job_areas.job_id
         WHERE jobs.state IN ('queued', 'running')",
    )
    .fetch_all(connection)
    .await
}

#[tracing::instrument(level = "debug", name = "sql.areas.of", skip_all, fields(%job))]
pub(super) async fn of(connection: &mut AnyConnection, job: JobId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT areas FROM job_areas WHERE job_id = $1")
        .bind(job.to_string())
        .fetch_optional(connection)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.areas.write", skip_all, fields(%job))]
pub(super) async fn write(
    connection: &mut AnyConnection,
    job: JobId,
    areas: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO job_areas (job_id, areas) VALUES ($1, $2)")
        .bind(job.to_string())
        .bind(areas)
        .execute(connection)
        .await?;
    Ok(())
}
