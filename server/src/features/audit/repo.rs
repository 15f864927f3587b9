//! The SQL of the audit log: rows are added and read, nothing else.

use app::{
    contract::{EventId, TeamId, Timestamp, UserId},
    features::audit::types::{AuditEvent, AuditOutcome},
};
use sqlx::{AnyConnection, AnyPool};

use super::{Actor, Event};
use crate::platform::database::column::{Milliseconds, Nullable};

/// `at_ms` in milliseconds since 1970: many things happen in one second.
#[tracing::instrument(level = "debug", name = "sql.audit.insert", skip_all, fields(%id))]
pub(super) async fn insert(
    connection: &mut AnyConnection,
    id: &str,
    at_ms: i64,
    event: &Event,
) -> Result<(), sqlx::Error> {
    let Event { entry, origin } = event;
    let (id_of_actor, name, guess) = match &entry.actor {
        Some(Actor::Account { id, name }) => (Some(id.to_string()), Some(plain(name)), None),
        Some(Actor::Claim(name)) => (None, Some(plain(name)), None),
        Some(Actor::Guess(account)) => (None, None, Some(plain(account).to_lowercase())),
        None => (None, None, None),
    };
    sqlx::query(
        "INSERT INTO audit_log
         (id, at_ms, action, outcome, actor_id, actor_name, target, detail, address, request_id)
         VALUES ($1, $2, $3, $4, $5,
                 COALESCE($6, (SELECT MIN(username) FROM users WHERE lower(username) = $7 OR lower(email) = $7)),
                 $8, $9, $10, $11)",
    )
    .bind(id)
    .bind(at_ms)
    .bind(entry.action.text())
    .bind(entry.outcome.text())
    .bind(id_of_actor)
    .bind(name)
    .bind(guess)
    .bind(entry.target.as_deref().map(plain))
    .bind(entry.detail.as_deref().map(plain))
    .bind(origin.address.map(|address| address.to_string()))
    .bind(origin.request_id.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

/// As the team is called at this moment, or was when it was deleted.
#[tracing::instrument(level = "debug", name = "sql.audit.team_name", skip_all, fields(%team))]
pub(super) async fn team_name(
    connection: &mut AnyConnection,
    team: TeamId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM teams WHERE id = $1")
        .bind(team.to_string())
        .fetch_optional(connection)
        .await
}

/// Which events to read. An empty text is no condition.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// An id, or a name in any case.
    pub actor: String,
    /// Whole, or the beginning up to a dot.
    pub action: String,
    pub outcome: Option<AuditOutcome>,
    /// The first millisecond.
    pub from_ms: i64,
    /// The millisecond before which to stop.
    pub to_ms: i64,
    pub address: String,
}

impl Filter {
    /// What a cursor belongs to.
    pub(super) fn scope(&self) -> Vec<String> {
        let bound = |name: &str, at: i64, open: i64| match at {
            at if at == open => String::new(),
            at => format!("{name} {at}"),
        };
        vec![
            "audit".to_owned(),
            self.actor.clone(),
            self.action.clone(),
            self.outcome.map_or("", AuditOutcome::text).to_owned(),
            bound("from", self.from_ms, i64::MIN),
            bound("to", self.to_ms, i64::MAX),
            self.address.clone(),
        ]
    }
}

/// Between two rows: reading goes on with what is older.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub at_ms: i64,
    pub id: String,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    #[sqlx(flatten, try_from = "EventRow")]
    pub event: AuditEvent,
    pub at_ms: i64,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    #[sqlx(try_from = "String")]
    id: EventId,
    #[sqlx(rename = "at_ms", try_from = "Milliseconds")]
    at: Timestamp,
    action: String,
    #[sqlx(try_from = "String")]
    outcome: AuditOutcome,
    #[sqlx(try_from = "Nullable<String, UserId>")]
    actor_id: Option<UserId>,
    actor_name: Option<String>,
    target: Option<String>,
    detail: Option<String>,
    address: Option<String>,
    request_id: Option<String>,
}

impl From<EventRow> for AuditEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            action: row.action,
            outcome: row.outcome,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            target: row.target,
            detail: row.detail,
            address: row.address,
            request_id: row.request_id,
        }
    }
}

/// Newest first, from below `before`.
#[tracing::instrument(level = "debug", name = "sql.audit.page", skip_all, fields(limit))]
pub(super) async fn page(
    pool: &AnyPool,
    filter: &Filter,
    before: &Place,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    // With a dot at its end an action is the beginning of many.
    let (action, family) = if filter.action.ends_with('.') {
        ("", filter.action.as_str())
    } else {
        (filter.action.as_str(), "")
    };
    sqlx::query_as(
        "SELECT id, at_ms, action, outcome, actor_id, actor_name, target, detail, address, request_id
         FROM audit_log
         WHERE (at_ms < $1 OR (at_ms = $1 AND id < $2))
           AND at_ms >= $3 AND at_ms < $4
           AND ($5 = '' OR actor_id = lower($5) OR lower(actor_name) = lower($5))
           AND ($6 = '' OR action = $6)
           AND ($7 = '' OR substr(action, 1, length($7)) = $7)
           AND ($8 = '' OR outcome = $8)
           AND ($9 = '' OR address = $9)
         ORDER BY at_ms DESC, id DESC LIMIT $10",
    )
    .bind(before.at_ms)
    .bind(&before.id)
    .bind(filter.from_ms)
    .bind(filter.to_ms)
    .bind(&filter.actor)
    .bind(action)
    .bind(family)
    .bind(filter.outcome.map_or("", AuditOutcome::text))
    .bind(&filter.address)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Without what could forge a second line, hide text or grow a row without end; PostgreSQL takes no NUL.
fn plain(text: &str) -> String {
    text.chars()
        .take(1024)
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect()
}
