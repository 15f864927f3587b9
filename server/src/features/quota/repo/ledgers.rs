//! The SQL of ledgers: one row for each holder.

use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};

use crate::{
    features::quota::{Holder, holder::HolderColumns, ledger::Ledger},
    platform::database::column::signed,
};

const COLUMNS: &str = "quota_bytes, used_bytes, reserved_bytes, added_bytes, freed_bytes, counted_at, count_due_at, \
                       warned_at";

/// Adds the row of a new holder.
#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.insert", skip_all, fields(?holder))]
pub(in super::super) async fn insert(
    connection: &mut AnyConnection,
    holder: Holder,
    quota: Option<u64>,
    counted_at: i64,
    count_due_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO storage_use (holder_kind, holder_id, quota_bytes, counted_at, count_due_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(holder.kind())
    .bind(holder.id())
    .bind(quota.map(signed))
    .bind(counted_at)
    .bind(count_due_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a holder's row and, with it, its reservations.
#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.delete", skip_all, fields(?holder))]
pub(in super::super) async fn delete(
    connection: &mut AnyConnection,
    holder: Holder,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM storage_use WHERE holder_kind = $1 AND holder_id = $2")
        .bind(holder.kind())
        .bind(holder.id())
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks and reads the row until the transaction ends. `None` for a holder that was deleted.
#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.hold", skip_all, fields(?holder))]
pub(in super::super) async fn hold(
    connection: &mut AnyConnection,
    holder: Holder,
) -> Result<Option<Ledger>, sqlx::Error> {
    let text = format!(
        "UPDATE storage_use SET used_bytes = used_bytes WHERE holder_kind = $1 AND holder_id = $2
         RETURNING {COLUMNS}"
    );
    sqlx::query_as(AssertSqlSafe(text))
        .bind(holder.kind())
        .bind(holder.id())
        .fetch_optional(connection)
        .await
}

/// Writes every column but the quota.
#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.write", skip_all, fields(?holder))]
pub(in super::super) async fn write(
    connection: &mut AnyConnection,
    holder: Holder,
    ledger: &Ledger,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE storage_use SET used_bytes = $3, reserved_bytes = $4, added_bytes = $5, freed_bytes = $6,
                                counted_at = $7, count_due_at = $8, warned_at = $9
         WHERE holder_kind = $1 AND holder_id = $2",
    )
    .bind(holder.kind())
    .bind(holder.id())
    .bind(signed(ledger.used))
    .bind(signed(ledger.reserved))
    .bind(signed(ledger.added))
    .bind(signed(ledger.freed))
    .bind(ledger.counted_at)
    .bind(ledger.count_due_at)
    .bind(ledger.warned_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets the quota, and makes a count due at that moment.
#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.set_quota", skip_all, fields(?holder))]
pub(in super::super) async fn set_quota(
    connection: &mut AnyConnection,
    holder: Holder,
    quota: Option<u64>,
    count_due_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE storage_use SET quota_bytes = $3, count_due_at = $4, warned_at = NULL
         WHERE holder_kind = $1 AND holder_id = $2",
    )
    .bind(holder.kind())
    .bind(holder.id())
    .bind(quota.map(signed))
    .bind(count_due_at)
    .execute(connection)
    .await?;
    Ok(())
}

#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.find", skip_all, fields(?holder))]
pub(in super::super) async fn find(pool: &AnyPool, holder: Holder) -> Result<Option<Ledger>, sqlx::Error> {
    let text = format!("SELECT {COLUMNS} FROM storage_use WHERE holder_kind = $1 AND holder_id = $2");
    sqlx::query_as(AssertSqlSafe(text))
        .bind(holder.kind())
        .bind(holder.id())
        .fetch_optional(pool)
        .await
}

/// Makes a count due at this moment, unless it is due earlier.
#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.ask_count", skip_all, fields(?holder))]
pub(in super::super) async fn ask_count(
    connection: &mut AnyConnection,
    holder: Holder,
    at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE storage_use SET count_due_at = $3
         WHERE holder_kind = $1 AND holder_id = $2 AND count_due_at > $3",
    )
    .bind(holder.kind())
    .bind(holder.id())
    .bind(at)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Due {
    #[sqlx(flatten, try_from = "HolderColumns")]
    holder: Holder,
}

/// Holders whose count is due, the longest overdue first.
#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.due", skip_all)]
pub(in super::super) async fn due(pool: &AnyPool, now: i64, limit: i64) -> Result<Vec<Holder>, sqlx::Error> {
    let due: Vec<Due> = sqlx::query_as(
        "SELECT holder_kind, holder_id FROM storage_use WHERE count_due_at <= $1
         ORDER BY count_due_at, holder_id LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(due.into_iter().map(|due| due.holder).collect())
}

/// Moves a count that is due on to `next`; `false` when another replica has done so.
#[tracing::instrument(level = "debug", name = "sql.quota.ledgers.claim_count", skip_all, fields(?holder))]
pub(in super::super) async fn claim_count(
    connection: &mut AnyConnection,
    holder: Holder,
    now: i64,
    next: i64,
) -> Result<bool, sqlx::Error> {
    let claimed = sqlx::query(
        "UPDATE storage_use SET count_due_at = $4
         WHERE holder_kind = $1 AND holder_id = $2 AND count_due_at <= $3",
    )
    .bind(holder.kind())
    .bind(holder.id())
    .bind(now)
    .bind(next)
    .execute(connection)
    .await?;
    Ok(claimed.rows_affected() > 0)
}
