//! The SQL of whose bucket is whose.

use app::contract::{BucketName, RegionName, Timestamp, UserId};
use sqlx::AnyPool;

use super::OwnBucket;

/// Buckets that are there, in the order of their names, of one owner or of everyone, after a name.
#[tracing::instrument(level = "debug", name = "sql.buckets.registry.there", skip_all)]
pub(super) async fn there(
    pool: &AnyPool,
    owner: Option<UserId>,
    after: &str,
    limit: i64,
) -> Result<Vec<OwnBucket>, sqlx::Error> {
    sqlx::query_as(
        "SELECT name, owner_id, region FROM buckets
         WHERE state IN ('ready', 'deleting') AND name > $1 AND ($2 = '' OR owner_id = $2) ORDER BY name LIMIT $3",
    )
    .bind(after)
    .bind(owner.map(|owner| owner.to_string()).unwrap_or_default())
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// The bucket that a person can use.
#[tracing::instrument(level = "debug", name = "sql.buckets.registry.usable", skip_all, fields(%name, %owner))]
pub(super) async fn usable(
    pool: &AnyPool,
    name: &BucketName,
    owner: UserId,
) -> Result<Option<OwnBucket>, sqlx::Error> {
    sqlx::query_as(
        "SELECT name, owner_id, region FROM buckets WHERE name = $1 AND owner_id = $2 AND state = 'ready'",
    )
    .bind(name.as_str())
    .bind(owner.to_string())
    .fetch_optional(pool)
    .await
}

/// The region of a bucket, whoever's it is and whatever its state.
#[tracing::instrument(level = "debug", name = "sql.buckets.registry.region_of", skip_all, fields(%name))]
pub(super) async fn region_of(pool: &AnyPool, name: &BucketName) -> Result<Option<RegionName>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Region {
        #[sqlx(try_from = "String")]
        region: RegionName,
    }
    let found: Option<Region> = sqlx::query_as("SELECT region FROM buckets WHERE name = $1")
        .bind(name.as_str())
        .fetch_optional(pool)
        .await?;
    Ok(found.map(|found| found.region))
}

/// Keeps what was counted.
#[tracing::instrument(level = "debug", name = "sql.buckets.registry.counted", skip_all, fields(%name))]
pub(super) async fn counted(
    pool: &AnyPool,
    name: &BucketName,
    (objects, bytes): (i64, i64),
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE buckets SET objects = $2, bytes = $3, counted_at = $4 WHERE name = $1")
        .bind(name.as_str())
        .bind(objects)
        .bind(bytes)
        .bind(at.unix())
        .execute(pool)
        .await?;
    Ok(())
}
