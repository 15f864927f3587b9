//! The use cases of teams. Whether the caller may is asked of the database in the transaction that changes something, so
//! that nobody acts by a role that they had.

mod change;
mod membership;
mod read;

use app::{
    contract::{TeamId, UserId},
    features::{
        auth::types::Role,
        teams::types::{Team, TeamRole},
    },
};
use sqlx::{Any, AnyConnection, Transaction};

pub use super::repo::members::Membership;
use super::{
    TeamError,
    error::Needed,
    repo::{members, teams},
};
use crate::{
    features::{
        audit::{Action, Audit, Event, Origin, Outcome},
        auth::principal::{Person, Principal},
        quota::Quotas,
    },
    platform::{Platform, cursor::Cursors},
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Teams {
    platform: Platform,
    audit: Audit,
    quotas: Quotas,
    cursors: Cursors,
}

/// Who asks, and where from.
#[derive(Clone, Debug)]
pub struct Caller {
    who: Principal,
    origin: Origin,
}

impl Caller {
    #[must_use]
    pub fn new(person: &Person, origin: &Origin) -> Self {
        Self {
            who: person.who.clone(),
            origin: origin.clone(),
        }
    }

    fn is_admin(&self) -> bool {
        self.who.role == Role::Admin
    }

    fn event(&self, action: Action, outcome: Outcome) -> Event {
        Event::new(action, outcome, &self.origin).by(self.who.user_id, &self.who.username)
    }
}

impl Teams {
    #[must_use]
    pub fn new(platform: Platform, audit: Audit, quotas: Quotas, cursors: Cursors) -> Self {
        Self {
            platform,
            audit,
            quotas,
            cursors,
        }
    }

    /// A transaction that changes a team, which it holds with the accounts that it concerns; and the team as the caller
    /// sees it. Who has nothing to do with it is told that it is not there.
    async fn begin(
        &self,
        caller: &Caller,
        id: TeamId,
        concerned: Option<UserId>,
    ) -> Result<(Transaction<'static, Any>, Team, bool), TeamError> {
        let mut transaction = self.platform.db.begin().await?;
        if teams::hold(&mut transaction, id).await?.is_none() {
            return Err(TeamError::NoSuchTeam);
        }
        let user = caller.who.user_id;
        let accounts = [Some(user), concerned.filter(|other| *other != user)];
        members::hold_accounts(&mut transaction, accounts.into_iter().flatten().collect()).await?;
        let team = teams::find(&mut transaction, id, user).await?;
        let team = team.ok_or(TeamError::NoSuchTeam)?;
        let is_admin = caller.is_admin() && members::is_admin(&mut transaction, user).await?;
        if team.role.is_none() && !is_admin {
            return Err(TeamError::NoSuchTeam);
        }
        Ok((transaction, team, is_admin))
    }

    /// Writes down what was refused.
    async fn note_denial<T>(
        &self,
        caller: &Caller,
        action: Action,
        id: TeamId,
        result: &Result<T, TeamError>,
    ) -> Result<(), TeamError> {
        let why = match result {
            Err(
                error @ (TeamError::NoSuchTeam
                | TeamError::NotAllowed(_)
                | TeamError::LastManager
                | TeamError::NoSuchUser
                | TeamError::NoSuchMember),
            ) => error.to_string(),
            _ => return Ok(()),
        };
        let event = caller.event(action, Outcome::Denied).on(id).saying(why);
        Ok(self.audit.note(event).await?)
    }

    async fn record(
        &self,
        connection: &mut AnyConnection,
        caller: &Caller,
        action: Action,
        team: &Team,
        what: String,
    ) -> Result<(), sqlx::Error> {
        let event = caller
            .event(action, Outcome::Success)
            .on(team.id)
            .saying(format!("{}: {what}", team.name));
        self.audit.record(connection, event).await
    }

    fn now(&self) -> i64 {
        self.platform.now()
    }
}

fn is_manager(team: &Team) -> bool {
    team.role == Some(TeamRole::Manager)
}

fn need_admin(is_admin: bool) -> Result<(), TeamError> {
    if is_admin {
        Ok(())
    } else {
        Err(TeamError::NotAllowed(Needed::Admin))
    }
}
