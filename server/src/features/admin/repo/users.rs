//! Accounts, as admins see and change them.

use app::{
    contract::{Timestamp, UserId, text::folded},
    features::{
        admin::types::{AdminUser, UserStatus},
        auth::types::Role,
    },
};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};

use crate::platform::database::unreadable;

/// With a column `last_seen_at` from what is remembered of sign-ins.
const COLUMNS: &str = "id, username, email, full_name, role, status, quota_bytes, created_at,
    (SELECT MAX(s.last_seen_at) FROM sign_ins s WHERE s.user_id = users.id) AS last_seen_at";

/// Which accounts to list. An absent condition holds for all.
pub(in crate::features::admin) struct Filter<'a> {
    /// Part of a name or address.
    pub search: Option<&'a str>,
    pub role: Option<Role>,
    pub status: Option<UserStatus>,
    /// The last username of the page before, in lower case; empty for the first page.
    pub after: &'a str,
    pub limit: i64,
}

/// In the order of the usernames.
pub(in crate::features::admin) async fn page(
    pool: &AnyPool,
    filter: Filter<'_>,
) -> Result<Vec<AdminUser>, sqlx::Error> {
    // The empty text stands for an absent condition: a NULL would have no type in PostgreSQL.
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM users
         WHERE lower(username) > $1
           AND ($2 = '' OR role = $2)
           AND ($3 = '' OR status = $3)
           AND ($4 = '' OR lower(username) LIKE $4 ESCAPE '!' OR lower(email) LIKE $4 ESCAPE '!'
                OR COALESCE(full_name_folded, lower(full_name)) LIKE $4 ESCAPE '!')
         ORDER BY lower(username) LIMIT $5"
    )))
    .bind(filter.after)
    .bind(filter.role.map_or("", Role::text))
    .bind(filter.status.map_or("", UserStatus::text))
    .bind(filter.search.map(containing).unwrap_or_default())
    .bind(filter.limit)
    .fetch_all(pool)
    .await?
    .iter()
    .map(user)
    .collect()
}

pub(in crate::features::admin) async fn find(
    connection: &mut AnyConnection,
    id: UserId,
) -> Result<Option<AdminUser>, sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM users WHERE id = $1"
    )))
    .bind(id.to_string())
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(user)
    .transpose()
}

pub(in crate::features::admin) async fn id_of(
    pool: &AnyPool,
    username: &str,
) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query("SELECT id FROM users WHERE lower(username) = lower($1)")
        .bind(username)
        .fetch_optional(pool)
        .await?
        .as_ref()
        .map(id)
        .transpose()
}

/// How many admins can act, besides this one.
pub(in crate::features::admin) async fn other_admins(
    connection: &mut AnyConnection,
    than: UserId,
) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT COUNT(*) AS n FROM users WHERE role = 'admin' AND status = 'active' AND id <> $1")
        .bind(than.to_string())
        .fetch_one(connection)
        .await?
        .try_get("n")
}

pub(in crate::features::admin) async fn update(
    connection: &mut AnyConnection,
    id: UserId,
    role: Role,
    status: UserStatus,
    quota_bytes: Option<i64>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET role = $2, status = $3, quota_bytes = $4 WHERE id = $1")
        .bind(id.to_string())
        .bind(role.text())
        .bind(status.text())
        .bind(quota_bytes)
        .execute(connection)
        .await?;
    Ok(())
}

/// With it go its sign-ins, tokens and keys; what the audit log says of it stays.
pub(in crate::features::admin) async fn delete(
    connection: &mut AnyConnection,
    id: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM users WHERE id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// A pattern of `LIKE`, with `!` before what would be a wildcard.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in folded(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn user(row: &AnyRow) -> Result<AdminUser, sqlx::Error> {
    let role: String = row.try_get("role")?;
    let status: String = row.try_get("status")?;
    let quota: Option<i64> = row.try_get("quota_bytes")?;
    let seen: Option<i64> = row.try_get("last_seen_at")?;
    Ok(AdminUser {
        id: id(row)?,
        username: row.try_get("username")?,
        email: row.try_get("email")?,
        full_name: row.try_get("full_name")?,
        role: Role::from_text(&role).ok_or_else(|| unreadable("role"))?,
        status: UserStatus::from_text(&status).ok_or_else(|| unreadable("status"))?,
        quota_bytes: quota
            .map(u64::try_from)
            .transpose()
            .map_err(|_| unreadable("quota_bytes"))?,
        created_at: Timestamp::from_unix(row.try_get("created_at")?)
            .ok_or_else(|| unreadable("created_at"))?,
        last_seen_at: seen.and_then(Timestamp::from_unix),
    })
}

fn id(row: &AnyRow) -> Result<UserId, sqlx::Error> {
    row.try_get::<String, _>("id")?
        .parse()
        .map_err(|_| unreadable("id"))
}
