//! Looking at teams.

use app::{
    contract::{TeamId, UserId, text::folded},
    features::teams::types::{AllTeamsPage, AllTeamsQuery, Team, TeamMembersResponse, TeamsResponse},
};

use super::{Caller, Membership, Teams, is_manager, need_admin};
use crate::features::teams::{
    TeamError,
    repo::{members, teams},
};

impl Teams {
    /// Those that a person is a member of.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "teams.of", skip_all, fields(%user))]
    pub async fn of(&self, user: UserId) -> Result<TeamsResponse, TeamError> {
        let teams = teams::of(self.platform.db.pool(), user).await?;
        Ok(TeamsResponse { teams })
    }

    /// What a person is in which teams, at this moment: for `scopes`.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "teams.memberships", skip_all, fields(%user))]
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, sqlx::Error> {
        members::memberships(self.platform.db.pool(), user).await
    }

    /// # Errors
    /// [`TeamError::NoSuchTeam`].
    #[tracing::instrument(level = "debug", name = "teams.get", skip_all, fields(%id))]
    pub async fn get(&self, caller: &Caller, id: TeamId) -> Result<Team, TeamError> {
        let mut connection = self.platform.db.pool().acquire().await?;
        let found = teams::find(&mut connection, id, caller.who.user_id).await?;
        found
            .filter(|team| team.role.is_some() || caller.is_admin())
            .ok_or(TeamError::NoSuchTeam)
    }

    /// Everyone in the team, for its members and for admins.
    ///
    /// # Errors
    /// [`TeamError::NoSuchTeam`].
    #[tracing::instrument(level = "debug", name = "teams.members", skip_all, fields(%id))]
    pub async fn members(&self, caller: &Caller, id: TeamId) -> Result<TeamMembersResponse, TeamError> {
        self.get(caller, id).await?;
        let mut connection = self.platform.db.pool().acquire().await?;
        let members = members::list(&mut connection, id).await?;
        Ok(TeamMembersResponse { members })
    }

    /// Every team there is or was, for admins.
    ///
    /// # Errors
    /// [`TeamError::NotAllowed`]; [`TeamError::Field`] for a token that is not from the page before.
    #[tracing::instrument(level = "debug", name = "teams.all", skip_all)]
    pub async fn all(&self, caller: &Caller, query: &AllTeamsQuery) -> Result<AllTeamsPage, TeamError> {
        const SCOPE: [&str; 1] = ["teams"];
        need_admin(caller.is_admin())?;
        let position = match &query.continuation_token {
            None => String::new(),
            Some(token) => self.cursors.open(&SCOPE, token).map_err(|_| TeamError::Field {
                field: "continuation_token",
                why: "is not from the page before",
            })?,
        };
        // An id has no space, a name may have.
        let (id, name) = position.split_once(' ').unwrap_or_default();
        let limit = usize::from(query.max_keys.unwrap_or_default().get());
        // One more than asked for tells whether there is a next page.
        let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut teams = teams::page(self.platform.db.pool(), (name, id), wanted).await?;
        let has_more = teams.len() > limit;
        teams.truncate(limit);
        let continuation_token = teams.last().filter(|_| has_more).map(|last| {
            self.cursors
                .seal(&SCOPE, &format!("{} {}", last.id, folded(&last.name)))
        });
        Ok(AllTeamsPage {
            teams,
            continuation_token,
            has_more,
        })
    }

    /// A team's managers: for a letter to them.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "teams.managers", skip_all, fields(%id))]
    pub async fn managers(&self, id: TeamId) -> Result<Vec<UserId>, sqlx::Error> {
        members::managers(self.platform.db.pool(), id).await
    }
    /// The name of a team, if this is one of its managers.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "teams.managed_by", skip_all, fields(%id, %user))]
    pub async fn managed_by(&self, id: TeamId, user: UserId) -> Result<Option<String>, sqlx::Error> {
        let mut connection = self.platform.db.pool().acquire().await?;
        let team = teams::find(&mut connection, id, user).await?;
        Ok(team.filter(is_manager).map(|team| team.name))
    }
}
