//! Counts for those who run the place.

use app::features::admin::types::Stats;
use sqlx::{AnyPool, Row};

use crate::platform::database::unreadable;

const DAY: i64 = 86_400;

/// All of one moment, in one statement.
pub(in crate::features::admin) async fn read(pool: &AnyPool, now: i64) -> Result<Stats, sqlx::Error> {
    let row = sqlx::query(
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
    let count = |column: &'static str| -> Result<u64, sqlx::Error> {
        u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| unreadable(column))
    };
    Ok(Stats {
        users: count("users")?,
        admins: count("admins")?,
        disabled: count("disabled")?,
        sign_ins: count("sign_ins")?,
        invitations: count("invitations")?,
        uploads: count("uploads")?,
        seen_last_day: count("seen_last_day")?,
        denied_last_day: count("denied_last_day")?,
    })
}
