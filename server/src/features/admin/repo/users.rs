//! Accounts, as admins see and change them.

use app::{
    contract::{Timestamp, UserId, text::folded},
    features::{
        admin::types::{AdminUser, UserStatus},
        auth::types::Role,
    },
};
use sqlx::{AnyConnection, AnyPool};

use crate::platform::database::column::Nullable;

/// With a column `last_seen_at` from what is remembered of sign-ins.
const COLUMNS: &str = "id, username, email, full_name, role, status, created_at,
    (SELECT u.quota_bytes FROM storage_use u WHERE u.holder_kind = 'user' AND u.holder_id = users.id) AS quota_bytes,
    (SELECT u.used_bytes + u.reserved_bytes FROM storage_use u
     WHERE u.holder_kind = 'user' AND u.holder_id = users.id) AS quota_used_bytes,
    (SELECT u.counted_at FROM storage_use u WHERE u.holder_kind = 'user' AND u.holder_id = users.id) AS quota_counted_at,
    (SELECT MAX(s.last_seen_at) FROM sign_ins s WHERE s.user_id = users.id) AS last_seen_at";

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    id: UserId,
    username: String,
    email: Option<String>,
    full_name: Option<String>,
    #[sqlx(try_from = "String")]
    role: Role,
    #[sqlx(try_from = "String")]
    status: UserStatus,
    #[sqlx(try_from = "Nullable<i64, u64>")]
    quota_bytes: Option<u64>,
    #[sqlx(try_from = "i64")]
    quota_used_bytes: u64,
    #[sqlx(try_from = "Nullable<i64, Timestamp>")]
    quota_counted_at: Option<Timestamp>,
    #[sqlx(try_from = "i64")]
    created_at: Timestamp,
    #[sqlx(try_from = "Nullable<i64, Timestamp>")]
    last_seen_at: Option<Timestamp>,
}

impl From<Row> for AdminUser {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            username: row.username,
            email: row.email,
            full_name: row.full_name,
            role: row.role,
            status: row.status,
            quota_bytes: row.quota_bytes,
            quota_used_bytes: row.quota_used_bytes,
            quota_counted_at: row.quota_counted_at,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

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
#[tracing::instrument(level = "debug", name = "sql.admin.users.page", skip_all)]
pub(in crate::features::admin) async fn page(
    pool: &AnyPool,
    filter: Filter<'_>,
) -> Result<Vec<AdminUser>, sqlx::Error> {
    // The empty text stands for an absent condition: a NULL would have no type in PostgreSQL.
    let users: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
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
    .await?;
    Ok(users.into_iter().map(AdminUser::from).collect())
}

#[tracing::instrument(level = "debug", name = "sql.admin.users.find", skip_all, fields(%id))]
pub(in crate::features::admin) async fn find(
    connection: &mut AnyConnection,
    id: UserId,
) -> Result<Option<AdminUser>, sqlx::Error> {
    let user: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM users WHERE id = $1"
    )))
    .bind(id.to_string())
    .fetch_optional(connection)
    .await?;
    Ok(user.map(AdminUser::from))
}

#[tracing::instrument(level = "debug", name = "sql.admin.users.id_of", skip_all)]
pub(in crate::features::admin) async fn id_of(
    pool: &AnyPool,
    username: &str,
) -> Result<Option<UserId>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Named {
        #[sqlx(try_from = "String")]
        id: UserId,
    }
    let found: Option<Named> = sqlx::query_as("SELECT id FROM users WHERE lower(username) = lower($1)")
        .bind(username)
        .fetch_optional(pool)
        .await?;
    Ok(found.map(|user| user.id))
}

/// How many admins can act, besides this one.
#[tracing::instrument(level = "debug", name = "sql.admin.users.other_admins", skip_all, fields(%than))]
pub(in crate::features::admin) async fn other_admins(
    connection: &mut AnyConnection,
    than: UserId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM users WHERE role = 'admin' AND status = 'active' AND id <> $1")
        .bind(than.to_string())
        .fetch_one(connection)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.admin.users.update", skip_all, fields(%id, role = role.text(), status = status.text()))]
pub(in crate::features::admin) async fn update(
    connection: &mut AnyConnection,
    id: UserId,
    role: Role,
    status: UserStatus,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET role = $2, status = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(role.text())
        .bind(status.text())
        .execute(connection)
        .await?;
    Ok(())
}

/// With it go its sign-ins, tokens and keys; what the audit log says of it stays.
#[tracing::instrument(level = "debug", name = "sql.admin.users.delete", skip_all, fields(%id))]
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
