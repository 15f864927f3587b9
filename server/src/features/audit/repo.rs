//! The SQL of the audit log: rows are added and read, nothing else.

use sqlx::AnyConnection;

use super::Event;

/// `at_ms` in milliseconds since 1970: many things happen in one second.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    id: &str,
    at_ms: i64,
    event: &Event,
) -> Result<(), sqlx::Error> {
    let actor = event.actor.as_ref();
    sqlx::query(
        "INSERT INTO audit_log
         (id, at_ms, action, outcome, actor_id, actor_name, target, detail, address, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(id)
    .bind(at_ms)
    .bind(event.action.text())
    .bind(event.outcome.text())
    .bind(actor.and_then(|actor| actor.id).map(|id| id.to_string()))
    .bind(actor.map(|actor| plain(&actor.name)))
    .bind(event.target.as_deref().map(plain))
    .bind(event.detail.as_deref().map(plain))
    .bind(event.origin.address.map(|address| address.to_string()))
    .bind(event.origin.request_id.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

/// Without what could forge a second line, hide text or grow a row without end; PostgreSQL takes no NUL.
fn plain(text: &str) -> String {
    text.chars()
        .take(1024)
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect()
}
