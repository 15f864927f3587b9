//! Counts for those who run the place.

use app::features::admin::types::Stats;
use sqlx::AnyPool;

const DAY: i64 = 86_400;

/// All of one moment, in one statement.
#[tracing::instrument(level = "debug", name = "sql.admin.stats.read", skip_all)]
pub(in crate::features::admin) async fn read(pool: &AnyPool, now: i64) -> Result<Stats, sqlx::Error> {
    let row: Row = sqlx::query_as(
        "SELECT
            (SELECT COUNT(*) FROM users) AS users,
            (SELECT COUNT(*) FROM users WHERE role = 'admin') AS admins,
            (SELECT COUNT(*) FROM users WHERE status = 'disabled') AS disabled,
            (SELECT COUNT(*) FROM sign_ins s JOIN users u ON u.id = s.user_id
              WHERE s.revoked_at IS NULL AND s.expires_at > $1 AND u.status = 'active') AS sign_ins,
            (SELECT COUNT(*) FROM invitations
              WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $1) AS invitations,
            (SELECT COUNT(*) FROM uploads WHERE state = 'open') AS uploads,
            (SELECT COUNT(DISTINCT user_id) FROM sign_ins WHERE last_seen_at > $2) AS seen_last_day,
            (SELECT COUNT(*) FROM audit_log WHERE outcome = 'denied' AND at_ms > $3) AS denied_last_day",
    )
    .bind(now)
    .bind(now - DAY)
    .bind((now - DAY) * 1000)
    .fetch_one(pool)
    .await?;
    Ok(row.into())
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "i64")]
    users: u64,
    #[sqlx(try_from = "i64")]
    admins: u64,
    #[sqlx(try_from = "i64")]
    disabled: u64,
    #[sqlx(try_from = "i64")]
    sign_ins: u64,
    #[sqlx(try_from = "i64")]
    invitations: u64,
    #[sqlx(try_from = "i64")]
    uploads: u64,
    #[sqlx(try_from = "i64")]
    seen_last_day: u64,
    #[sqlx(try_from = "i64")]
    denied_last_day: u64,
}

impl From<Row> for Stats {
    fn from(row: Row) -> Self {
        Self {
            users: row.users,
            admins: row.admins,
            disabled: row.disabled,
            sign_ins: row.sign_ins,
            invitations: row.invitations,
            uploads: row.uploads,
            seen_last_day: row.seen_last_day,
            denied_last_day: row.denied_last_day,
        }
    }
}
