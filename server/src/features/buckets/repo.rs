//! The SQL of buckets that come about and go. Each step names the lease, and does nothing once another holds it.

use app::contract::{BucketName, RegionName, Timestamp, UserId};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};
use uuid::Uuid;

use crate::platform::database::column::Nullable;

/// How far a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Storage has not been asked for it yet.
    Creating,
    /// Storage had none of this name, and was asked to make it.
    Making,
    /// Storage has made it.
    Made,
    Ready,
    Deleting,
    /// Deleted; nobody else may have its name yet.
    Gone,
}

impl State {
    const ALL: [Self; 6] = [
        Self::Creating,
        Self::Making,
        Self::Made,
        Self::Ready,
        Self::Deleting,
        Self::Gone,
    ];

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Making => "making",
            Self::Made => "made",
            Self::Ready => "ready",
            Self::Deleting => "deleting",
            Self::Gone => "gone",
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no state of a bucket")]
pub(super) struct UnknownState(String);

impl TryFrom<String> for State {
    type Error = UnknownState;

    fn try_from(text: String) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.text() == text)
            .ok_or(UnknownState(text))
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Bucket {
    #[sqlx(try_from = "String")]
    pub name: BucketName,
    #[sqlx(rename = "owner_id", try_from = "String")]
    pub owner: UserId,
    /// `None` where the account is gone.
    pub owner_name: Option<String>,
    #[sqlx(try_from = "String")]
    pub region: RegionName,
    #[sqlx(try_from = "String")]
    pub state: State,
    pub lease_until: i64,
    #[sqlx(try_from = "i64")]
    pub created_at: Timestamp,
    #[sqlx(try_from = "Nullable<i64, u64>")]
    pub objects: Option<u64>,
    #[sqlx(try_from = "Nullable<i64, u64>")]
    pub bytes: Option<u64>,
    #[sqlx(try_from = "Nullable<i64, Timestamp>")]
    pub counted_at: Option<Timestamp>,
}

/// Of `buckets b`.
const COLUMNS: &str = "b.name, b.owner_id, (SELECT u.username FROM users u WHERE u.id = b.owner_id) AS owner_name, \
                       b.region, b.state, b.lease_until, b.created_at, b.objects, b.bytes, b.counted_at";

/// Who works on a bucket, and until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub id: Uuid,
    /// Unix seconds.
    pub until: i64,
}

/// How many buckets somebody has, those that are being made among them.
#[tracing::instrument(level = "debug", name = "sql.buckets.count_of", skip_all, fields(%owner))]
pub(super) async fn count_of(connection: &mut AnyConnection, owner: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM buckets WHERE owner_id = $1 AND state <> 'gone'")
        .bind(owner.to_string())
        .fetch_one(connection)
        .await
}

/// Takes a name for a bucket that is to be made; `false` when somebody has it. The name of a bucket that was deleted is
/// its owner's at once, and anybody's later.
#[tracing::instrument(level = "debug", name = "sql.buckets.insert", skip_all, fields(%name, %owner))]
pub(super) async fn insert(
    connection: &mut AnyConnection,
    (name, region): (&BucketName, &RegionName),
    owner: UserId,
    lease: Lease,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO buckets (name, owner_id, region, state, lease, lease_until, created_at)
         VALUES ($1, $2, $3, 'creating', $4, $5, $6)
         ON CONFLICT (name) DO UPDATE
         SET owner_id = excluded.owner_id, region = excluded.region, state = 'creating', lease = excluded.lease,
             lease_until = excluded.lease_until, created_at = excluded.created_at,
             objects = NULL, bytes = NULL, counted_at = NULL
         WHERE buckets.state = 'gone'
           AND (buckets.owner_id = excluded.owner_id OR buckets.lease_until <= excluded.created_at)",
    )
    .bind(name.as_str())
    .bind(owner.to_string())
    .bind(region.as_str())
    .bind(lease.id.to_string())
    .bind(lease.until)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Whoever's it is. One that is gone is not there.
#[tracing::instrument(level = "debug", name = "sql.buckets.find", skip_all, fields(%name))]
pub(super) async fn find(pool: &AnyPool, name: &BucketName) -> Result<Option<Bucket>, sqlx::Error> {
    let text = format!("SELECT {COLUMNS} FROM buckets b WHERE b.name = $1 AND b.state <> 'gone'");
    sqlx::query_as(AssertSqlSafe(text))
        .bind(name.as_str())
        .fetch_optional(pool)
        .await
}

/// In the order of their names, after one: those of an owner, or everyone's.
#[tracing::instrument(level = "debug", name = "sql.buckets.page", skip_all)]
pub(super) async fn page(
    pool: &AnyPool,
    owner: Option<UserId>,
    after: &str,
    limit: i64,
) -> Result<Vec<Bucket>, sqlx::Error> {
    let text = format!(
        "SELECT {COLUMNS} FROM buckets b
         WHERE b.state <> 'gone' AND b.name > $1 AND ($2 = '' OR b.owner_id = $2) ORDER BY b.name LIMIT $3"
    );
    sqlx::query_as(AssertSqlSafe(text))
        .bind(after)
        .bind(owner.map(|owner| owner.to_string()).unwrap_or_default())
        .bind(limit)
        .fetch_all(pool)
        .await
}

/// Those that nobody finishes: whoever made or deleted them is gone.
#[tracing::instrument(level = "debug", name = "sql.buckets.unfinished", skip_all)]
pub(super) async fn unfinished(pool: &AnyPool, now: i64, limit: i64) -> Result<Vec<Bucket>, sqlx::Error> {
    let text = format!(
        "SELECT {COLUMNS} FROM buckets b
         WHERE b.state NOT IN ('ready', 'gone') AND b.lease_until <= $1 ORDER BY b.lease_until, b.name LIMIT $2"
    );
    sqlx::query_as(AssertSqlSafe(text))
        .bind(now)
        .bind(limit)
        .fetch_all(pool)
        .await
}

/// Takes over a bucket that nobody works on; `false` when somebody does, or it is no longer in this state.
#[tracing::instrument(level = "debug", name = "sql.buckets.take_over", skip_all, fields(%name, ?from, ?to))]
pub(super) async fn take_over(
    connection: &mut AnyConnection,
    name: &BucketName,
    (from, to): (State, State),
    lease: Lease,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(
        "UPDATE buckets SET state = $3, lease = $4, lease_until = $5
         WHERE name = $1 AND state = $2 AND lease_until <= $6",
    )
    .bind(name.as_str())
    .bind(from.text())
    .bind(to.text())
    .bind(lease.id.to_string())
    .bind(lease.until)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(taken.rows_affected() > 0)
}

/// Moves the bucket to its next state for the holder of the lease. Answers `false` when the lease was lost.
#[tracing::instrument(level = "debug", name = "sql.buckets.step", skip_all, fields(%name, ?to))]
pub(super) async fn step(
    connection: &mut AnyConnection,
    name: &BucketName,
    to: State,
    lease: Lease,
) -> Result<bool, sqlx::Error> {
    let stepped =
        sqlx::query("UPDATE buckets SET state = $3, lease_until = $4 WHERE name = $1 AND lease = $2")
            .bind(name.as_str())
            .bind(lease.id.to_string())
            .bind(to.text())
            .bind(lease.until)
            .execute(connection)
            .await?;
    Ok(stepped.rows_affected() > 0)
}

/// Forgets a bucket that was never made.
#[tracing::instrument(level = "debug", name = "sql.buckets.delete", skip_all, fields(%name))]
pub(super) async fn delete(pool: &AnyPool, name: &BucketName, lease: Lease) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM buckets WHERE name = $1 AND lease = $2")
        .bind(name.as_str())
        .bind(lease.id.to_string())
        .execute(pool)
        .await?;
    Ok(())
}

/// Sets free the names of buckets that were deleted long enough ago.
#[tracing::instrument(level = "debug", name = "sql.buckets.free_names", skip_all)]
pub(super) async fn free_names(pool: &AnyPool, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM buckets WHERE state = 'gone' AND lease_until <= $1")
        .bind(now)
        .execute(pool)
        .await?;
    Ok(())
}
