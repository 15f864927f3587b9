//! Reading the log. By time, newest first, and never further back than was asked.

use std::io;

use app::{
    contract::{ApiError, ErrorCode, EventId},
    features::audit::types::{AuditPage, AuditQuery},
};
use bytes::Bytes;
use futures::{Stream, stream};

use super::{
    Action, Audit, Outcome, csv,
    repo::{self, Filter, Place, Row},
};
use crate::{
    features::admin::Authority,
    http::problem::{Failure, database_outside},
    platform::{
        cursor::{Cursors, PageSize, moment_and_id},
        database::Database,
    },
};

/// Rows of an export that are in memory at once.
const BATCH: i64 = 500;
/// Longer than any name, action or id.
const MAX_FILTER_CHARS: usize = 254;

#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("{field} {why}")]
    Field { field: &'static str, why: &'static str },
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Failure for AuditError {
    fn outside(&self) -> ApiError {
        match self {
            Self::Field { field, why } => ApiError {
                code: ErrorCode::ValidationError,
                ..ApiError::field(*field, *why)
            },
            Self::Database(error) => database_outside(error),
        }
    }
}

#[derive(Clone)]
pub struct AuditReader {
    db: Database,
    audit: Audit,
    cursors: Cursors,
}

impl AuditReader {
    #[must_use]
    pub fn new(db: Database, audit: Audit, cursors: Cursors) -> Self {
        Self { db, audit, cursors }
    }

    /// # Errors
    /// [`AuditError::Field`] for a token that is not from the page before of these very conditions.
    #[tracing::instrument(level = "debug", name = "audit.page", skip_all)]
    pub async fn page(&self, _: &Authority, query: &AuditQuery) -> Result<AuditPage, AuditError> {
        let filter = filter(query)?;
        let scope = filter.scope();
        let scope: Vec<_> = scope.iter().map(String::as_str).collect();
        let before = match &query.continuation_token {
            None => Place::FIRST,
            Some(token) => self
                .cursors
                .open(&scope, token)
                .ok()
                .as_deref()
                .and_then(Place::parse)
                .ok_or(AuditError::Field {
                    field: "continuation_token",
                    why: "is not from the page before",
                })?,
        };
        let size = PageSize::of(query.max_keys);
        let mut rows = repo::page(self.db.pool(), &filter, &before, size.with_next()).await?;
        let continuation_token = size
            .cut(&mut rows)
            .map(|last| self.cursors.seal(&scope, &Place::of(last).to_string()));
        Ok(AuditPage {
            events: rows.into_iter().map(|row| row.event).collect(),
            has_more: continuation_token.is_some(),
            continuation_token,
        })
    }

    /// Everything that matches and has happened by now, as CSV. What happens while it is read is newer than where
    /// it begins, so it ends. A failure half way breaks the answer off instead of ending it well.
    ///
    /// # Errors
    /// As [`Self::page`], for the conditions and the first rows.
    #[tracing::instrument(level = "debug", name = "audit.export", skip_all, fields(by = by.user().map(tracing::field::display)))]
    pub async fn export(
        &self,
        by: &Authority,
        query: AuditQuery,
    ) -> Result<impl Stream<Item = Result<Bytes, io::Error>> + Send + use<>, AuditError> {
        let filter = filter(&query)?;
        let first = repo::page(self.db.pool(), &filter, &Place::FIRST, BATCH).await?;
        let event = by
            .event(Action::AuditExport, Outcome::Success)
            .saying(filter.scope()[1..].join(" ").trim().to_owned());
        self.audit.note(event).await?;
        let pool = self.db.pool().clone();
        let rest = stream::try_unfold((Some(first), filter), move |(rows, filter)| {
            let pool = pool.clone();
            async move {
                let Some(rows) = rows else { return Ok(None) };
                let text: String = rows.iter().map(csv::line).collect();
                let next = match rows.last() {
                    Some(last) if rows.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX) => Some(
                        repo::page(&pool, &filter, &Place::of(last), BATCH)
                            .await
                            .map_err(|error| {
                                tracing::error!(%error, "an export of the audit log broke off");
                                io::Error::other("the export broke off")
                            })?,
                    ),
                    _ => None,
                };
                Ok(Some((Bytes::from(text), (next, filter))))
            }
        });
        let head = stream::once(async { Ok(Bytes::from_static(csv::HEAD.as_bytes())) });
        Ok(futures::StreamExt::chain(head, rest))
    }
}

fn filter(query: &AuditQuery) -> Result<Filter, AuditError> {
    let text = |field: &'static str, value: &Option<String>| match value.as_deref().map(str::trim) {
        Some(text) if text.chars().count() > MAX_FILTER_CHARS || text.chars().any(char::is_control) => {
            Err(AuditError::Field {
                field,
                why: "must be at most 254 characters on one line",
            })
        }
        text => Ok(text.unwrap_or_default().to_owned()),
    };
    let milliseconds = |seconds: i64| seconds.saturating_mul(1000);
    Ok(Filter {
        actor: text("actor", &query.actor)?,
        action: text("action", &query.action)?,
        outcome: query.outcome,
        from_ms: query.from.map_or(i64::MIN, |from| milliseconds(from.unix())),
        to_ms: query.to.map_or(i64::MAX, |to| milliseconds(to.unix())),
        address: query
            .address
            .map(|address| address.to_canonical().to_string())
            .unwrap_or_default(),
    })
}

impl Place {
    const FIRST: Self = Self {
        at_ms: i64::MAX,
        id: String::new(),
    };

    fn of(row: &Row) -> Self {
        Self {
            at_ms: row.at_ms,
            id: row.event.id.to_string(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (at_ms, id) = moment_and_id(text)?;
        let id: EventId = id.parse().ok()?;
        Some(Self {
            at_ms,
            id: id.to_string(),
        })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.at_ms, self.id)
    }
}
