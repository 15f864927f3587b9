//! Who is in a team, and as what. Managers decide it, and admins, who need not be in it; and everyone may leave. A team's
//! last manager stays one, unless an admin says otherwise: admins can manage every team.

use app::{
    contract::{TeamId, UserId},
    features::teams::types::{AddMemberRequest, Team, TeamMember, TeamRole},
};
use sqlx::AnyConnection;

use super::{Caller, Teams, is_manager};
use crate::{
    features::{
        audit::Action,
        teams::{
            TeamError,
            error::{MAX_MEMBERS, MAX_TEAMS, Needed},
            repo::{members, teams},
        },
    },
    platform::database::is_duplicate,
};

impl Teams {
    /// # Errors
    /// [`TeamError`].
    #[tracing::instrument(level = "debug", name = "teams.add_member", skip_all, fields(by = %caller.who.user_id, %id))]
    pub async fn add_member(
        &self,
        caller: &Caller,
        id: TeamId,
        request: &AddMemberRequest,
    ) -> Result<TeamMember, TeamError> {
        let added = self.try_to_add(caller, id, request).await;
        self.note_denial(caller, Action::TeamMemberAdd, id, &added)
            .await?;
        added
    }

    async fn try_to_add(
        &self,
        caller: &Caller,
        id: TeamId,
        request: &AddMemberRequest,
    ) -> Result<TeamMember, TeamError> {
        // Before the transaction, which holds accounts in the order of their ids. Whether it is active is asked once more.
        let user = self.account(caller, id, &request.user).await?;
        let (mut transaction, team, is_admin) = self.begin(caller, id, Some(user)).await?;
        need_manager(&team, is_admin)?;
        let still = members::account(&mut transaction, &user.to_string()).await?;
        if still != Some(user) {
            return Err(TeamError::NoSuchUser);
        }
        self.join(&mut transaction, id, user, request.role).await?;
        let member = members::find(&mut transaction, id, user).await?;
        let member = member.ok_or(TeamError::NoSuchMember)?;
        let what = format!("added {} as {}", member.username, member.role.text());
        self.record(&mut transaction, caller, Action::TeamMemberAdd, &team, what)
            .await?;
        transaction.commit().await?;
        Ok(member)
    }

    /// Whom a text names, for somebody who may add them.
    async fn account(&self, caller: &Caller, id: TeamId, named: &str) -> Result<UserId, TeamError> {
        let team = self.get(caller, id).await?;
        need_manager(&team, caller.is_admin())?;
        let named = named.trim();
        if named.is_empty() || named.len() > 254 || named.contains('\0') {
            return Err(TeamError::Field {
                field: "user",
                why: "must be a username or the id of an account",
            });
        }
        let mut connection = self.platform.db.pool().acquire().await?;
        let found = members::account(&mut connection, named).await?;
        found.ok_or(TeamError::NoSuchUser)
    }

    /// Makes somebody a member, in the transaction that holds them.
    async fn join(
        &self,
        connection: &mut AnyConnection,
        id: TeamId,
        user: UserId,
        role: TeamRole,
    ) -> Result<(), TeamError> {
        if members::find(connection, id, user).await?.is_some() {
            return Err(TeamError::AlreadyMember);
        }
        if members::count(connection, id).await? >= MAX_MEMBERS {
            return Err(TeamError::TooManyMembers);
        }
        if members::count_teams(connection, user).await? >= MAX_TEAMS {
            return Err(TeamError::TooManyTeams);
        }
        let inserted = members::insert(connection, id, user, role, self.now()).await;
        inserted.map_err(|error| {
            if is_duplicate(&error) {
                TeamError::AlreadyMember
            } else {
                error.into()
            }
        })
    }

    /// The name of a team that lives, which does not end before the transaction does.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "teams.hold", skip_all, fields(%id))]
    pub(in crate::features) async fn hold(
        &self,
        connection: &mut AnyConnection,
        id: TeamId,
    ) -> Result<Option<String>, sqlx::Error> {
        teams::hold(connection, id).await
    }

    /// Lets a new account join the team that its invitation names, in the transaction that makes the account. If the
    /// team was deleted or has become full since, the account is made without it.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "teams.join_invited", skip_all, fields(%id, %user))]
    pub(in crate::features) async fn join_invited(
        &self,
        connection: &mut AnyConnection,
        id: TeamId,
        user: UserId,
        role: TeamRole,
    ) -> Result<Option<Team>, sqlx::Error> {
        if teams::hold(connection, id).await?.is_none() {
            return Ok(None);
        }
        match self.join(connection, id, user, role).await {
            Ok(()) => teams::find(connection, id, user).await,
            Err(TeamError::Database(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// # Errors
    /// [`TeamError`].
    #[tracing::instrument(level = "debug", name = "teams.change_member", skip_all, fields(by = %caller.who.user_id, %id, %user))]
    pub async fn change_member(
        &self,
        caller: &Caller,
        id: TeamId,
        user: UserId,
        role: TeamRole,
    ) -> Result<TeamMember, TeamError> {
        let changed = self.try_to_change(caller, id, user, role).await;
        self.note_denial(caller, Action::TeamMemberRole, id, &changed)
            .await?;
        changed
    }

    async fn try_to_change(
        &self,
        caller: &Caller,
        id: TeamId,
        user: UserId,
        role: TeamRole,
    ) -> Result<TeamMember, TeamError> {
        let (mut transaction, team, is_admin) = self.begin(caller, id, Some(user)).await?;
        need_manager(&team, is_admin)?;
        let before = members::find(&mut transaction, id, user).await?;
        let before = before.ok_or(TeamError::NoSuchMember)?;
        if role != TeamRole::Manager && !is_admin {
            keep_a_manager(&mut transaction, id, &before).await?;
        }
        members::set_role(&mut transaction, id, user, role).await?;
        if before.role != role {
            let what = format!("{}: {} → {}", before.username, before.role.text(), role.text());
            self.record(&mut transaction, caller, Action::TeamMemberRole, &team, what)
                .await?;
        }
        transaction.commit().await?;
        Ok(TeamMember { role, ..before })
    }

    /// Takes somebody out of the team; they may be the caller.
    ///
    /// # Errors
    /// [`TeamError`].
    #[tracing::instrument(level = "debug", name = "teams.remove_member", skip_all, fields(by = %caller.who.user_id, %id, %user))]
    pub async fn remove_member(
        &self,
        caller: &Caller,
        id: TeamId,
        user: UserId,
    ) -> Result<TeamMember, TeamError> {
        let removed = self.try_to_remove(caller, id, user).await;
        self.note_denial(caller, Action::TeamMemberRemove, id, &removed)
            .await?;
        removed
    }

    async fn try_to_remove(
        &self,
        caller: &Caller,
        id: TeamId,
        user: UserId,
    ) -> Result<TeamMember, TeamError> {
        let (mut transaction, team, is_admin) = self.begin(caller, id, Some(user)).await?;
        if user != caller.who.user_id {
            need_manager(&team, is_admin)?;
        }
        let member = members::find(&mut transaction, id, user).await?;
        let member = member.ok_or(TeamError::NoSuchMember)?;
        if !is_admin {
            keep_a_manager(&mut transaction, id, &member).await?;
        }
        members::delete(&mut transaction, id, user).await?;
        let what = if user == caller.who.user_id {
            format!("{} left", member.username)
        } else {
            format!("removed {}", member.username)
        };
        self.record(&mut transaction, caller, Action::TeamMemberRemove, &team, what)
            .await?;
        transaction.commit().await?;
        Ok(member)
    }
}

fn need_manager(team: &Team, is_admin: bool) -> Result<(), TeamError> {
    if is_admin || is_manager(team) {
        Ok(())
    } else {
        Err(TeamError::NotAllowed(Needed::Manager))
    }
}

/// Under the team's lock, so that two managers who demote each other cannot both succeed.
async fn keep_a_manager(
    connection: &mut AnyConnection,
    team: TeamId,
    member: &TeamMember,
) -> Result<(), TeamError> {
    let is_last = member.role == TeamRole::Manager
        && members::other_managers(connection, team, member.user_id).await? == 0;
    if is_last {
        Err(TeamError::LastManager)
    } else {
        Ok(())
    }
}
