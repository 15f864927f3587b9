//! Writing things down.

use sqlx::AnyConnection;

use super::{Event, Outcome, repo};
use crate::platform::Platform;

#[derive(Clone)]
pub struct Audit {
    platform: Platform,
}

impl Audit {
    #[must_use]
    pub fn new(platform: Platform) -> Self {
        Self { platform }
    }

    /// Writes the event in the transaction of the change it tells of: both happen, or neither.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "audit.record", skip_all, fields(action = event.entry.action.text()))]
    pub async fn record(&self, connection: &mut AnyConnection, mut event: Event) -> Result<(), sqlx::Error> {
        for team in event.entry.teams() {
            if let Some(name) = repo::team_name(connection, team).await? {
                event.entry.add_team(&name);
            }
        }
        let id = self.platform.rng.uuid().hyphenated().to_string();
        repo::insert(connection, &id, self.platform.now_ms(), &event).await?;
        if event.entry.outcome == Outcome::Denied {
            event.origin.trail.denied();
        }
        Ok(())
    }

    /// Writes an event that no transaction belongs to: a denial, or something done outside the database.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "audit.note", skip_all, fields(action = event.entry.action.text()))]
    pub async fn note(&self, event: Event) -> Result<(), sqlx::Error> {
        let mut connection = self.platform.db.pool().acquire().await?;
        self.record(&mut connection, event).await
    }
}
