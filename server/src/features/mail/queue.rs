//! The SQL of the queue.

use sqlx::{AnyConnection, AnyPool, Row};

pub(super) struct Waiting {
    pub id: String,
    pub letter: String,
    /// How often it has been taken up before.
    pub attempts: i64,
}

pub(super) async fn add(
    connection: &mut AnyConnection,
    id: &str,
    letter: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO mail_queue (id, letter, created_at, due_at) VALUES ($1, $2, $3, $3)")
        .bind(id)
        .bind(letter)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// The letters that are due, oldest first. Another replica may be about to take up the same ones.
pub(super) async fn due(pool: &AnyPool, now: i64, limit: i64) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query("SELECT id, letter, attempts FROM mail_queue WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2")
        .bind(now)
        .bind(limit)
        .fetch_all(pool)
        .await?
        .iter()
        .map(|row| {
            Ok(Waiting {
                id: row.try_get("id")?,
                letter: row.try_get("letter")?,
                attempts: row.try_get("attempts")?,
            })
        })
        .collect()
}

/// Takes a letter up until `until`; `false` when another replica was faster.
pub(super) async fn claim(pool: &AnyPool, id: &str, now: i64, until: i64) -> Result<bool, sqlx::Error> {
    let claimed = sqlx::query(
        "UPDATE mail_queue SET due_at = $3, attempts = attempts + 1 WHERE id = $1 AND due_at <= $2",
    )
    .bind(id)
    .bind(now)
    .bind(until)
    .execute(pool)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

pub(super) async fn postpone(pool: &AnyPool, id: &str, until: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE mail_queue SET due_at = $2 WHERE id = $1")
        .bind(id)
        .bind(until)
        .execute(pool)
        .await?;
    Ok(())
}

pub(super) async fn remove(connection: &mut AnyConnection, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM mail_queue WHERE id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}
