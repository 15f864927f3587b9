//! What admins do with teams.

use app::{
    contract::{TeamId, key::team_prefix, text::folded},
    features::teams::types::{
        CreateTeamRequest, DeleteTeamResponse, MAX_NAME_CHARS, Team, UpdateTeamRequest,
    },
};

use super::{Caller, Teams, need_admin};
use crate::{
    features::{
        audit::{Action, Outcome},
        quota::Holder,
        teams::{
            TeamError,
            repo::{members, teams},
        },
    },
    platform::database::is_duplicate,
};

impl Teams {
    /// Makes a team without members.
    ///
    /// # Errors
    /// [`TeamError::NotAllowed`], [`TeamError::NameTaken`], [`TeamError::Field`].
    #[tracing::instrument(level = "debug", name = "teams.create", skip_all, fields(by = %caller.who.user_id))]
    pub async fn create(&self, caller: &Caller, request: &CreateTeamRequest) -> Result<Team, TeamError> {
        let created = self.try_to_create(caller, request).await;
        if let Err(error @ TeamError::NotAllowed(_)) = &created {
            let event = caller.event(Action::TeamCreate, Outcome::Denied);
            self.audit.note(event.saying(error.to_string())).await?;
        }
        created
    }

    async fn try_to_create(&self, caller: &Caller, request: &CreateTeamRequest) -> Result<Team, TeamError> {
        need_admin(caller.is_admin())?;
        let name = name(&request.name)?;
        let quota_bytes = request.quota_bytes.map(quota).transpose()?;
        let id = TeamId::from_uuid(self.platform.rng.uuid());
        let mut transaction = self.platform.db.begin().await?;
        let user = caller.who.user_id;
        members::hold_accounts(&mut transaction, vec![user]).await?;
        need_admin(members::is_admin(&mut transaction, user).await?)?;
        teams::insert(&mut transaction, id, name, &folded(name), self.now())
            .await
            .map_err(taken)?;
        let holder = Holder::Team(id);
        self.quotas.open(&mut transaction, holder).await?;
        if quota_bytes.is_some() {
            self.quotas.set(&mut transaction, holder, quota_bytes).await?;
        }
        let made = teams::find(&mut transaction, id, user).await?;
        let made = made.ok_or(TeamError::NoSuchTeam)?;
        self.record(
            &mut transaction,
            caller,
            Action::TeamCreate,
            &made,
            "made".to_owned(),
        )
        .await?;
        transaction.commit().await?;
        Ok(made)
    }

    /// Changes name or quota, as far as they are given.
    ///
    /// # Errors
    /// [`TeamError`].
    #[tracing::instrument(level = "debug", name = "teams.update", skip_all, fields(by = %caller.who.user_id, %id))]
    pub async fn update(
        &self,
        caller: &Caller,
        id: TeamId,
        request: &UpdateTeamRequest,
    ) -> Result<Team, TeamError> {
        let updated = self.try_to_update(caller, id, request).await;
        let action = match request.name {
            Some(_) => Action::TeamRename,
            None => Action::TeamQuota,
        };
        self.note_denial(caller, action, id, &updated).await?;
        updated
    }

    async fn try_to_update(
        &self,
        caller: &Caller,
        id: TeamId,
        request: &UpdateTeamRequest,
    ) -> Result<Team, TeamError> {
        let (mut transaction, before, is_admin) = self.begin(caller, id, None).await?;
        need_admin(is_admin)?;
        if *request == UpdateTeamRequest::default() {
            return Err(TeamError::NothingAsked);
        }
        if let Some(wanted) = &request.name {
            let name = name(wanted)?;
            teams::rename(&mut transaction, id, name, &folded(name))
                .await
                .map_err(taken)?;
            let what = format!("now {name}");
            self.record(&mut transaction, caller, Action::TeamRename, &before, what)
                .await?;
        }
        if let Some(wanted) = request.quota_bytes {
            let wanted = wanted.map(quota).transpose()?;
            self.quotas
                .set(&mut transaction, Holder::Team(id), wanted)
                .await?;
            let words = |quota: Option<u64>| quota.map_or("no limit".to_owned(), |bytes| bytes.to_string());
            let what = format!("{} → {}", words(before.quota_bytes), words(wanted));
            self.record(&mut transaction, caller, Action::TeamQuota, &before, what)
                .await?;
        }
        let after = teams::find(&mut transaction, id, caller.who.user_id).await?;
        let after = after.ok_or(TeamError::NoSuchTeam)?;
        transaction.commit().await?;
        Ok(after)
    }

    /// Ends a team: nobody is in it any more, and its name is free. Its files stay where they are, for an admin to move or
    /// remove.
    ///
    /// # Errors
    /// [`TeamError`].
    #[tracing::instrument(level = "debug", name = "teams.delete", skip_all, fields(by = %caller.who.user_id, %id))]
    pub async fn delete(&self, caller: &Caller, id: TeamId) -> Result<DeleteTeamResponse, TeamError> {
        let deleted = self.try_to_delete(caller, id).await;
        self.note_denial(caller, Action::TeamDelete, id, &deleted).await?;
        deleted
    }

    async fn try_to_delete(&self, caller: &Caller, id: TeamId) -> Result<DeleteTeamResponse, TeamError> {
        let (mut transaction, team, is_admin) = self.begin(caller, id, None).await?;
        need_admin(is_admin)?;
        members::delete_all(&mut transaction, id).await?;
        teams::delete(&mut transaction, id, self.now()).await?;
        self.quotas.close(&mut transaction, Holder::Team(id)).await?;
        let what = "deleted; the files stay".to_owned();
        self.record(&mut transaction, caller, Action::TeamDelete, &team, what)
            .await?;
        transaction.commit().await?;
        let kept_prefix = team_prefix(id);
        Ok(DeleteTeamResponse {
            message: format!(
                "The team {} is deleted; its files stay under {kept_prefix}",
                team.name
            ),
            kept_prefix,
        })
    }
}

fn name(text: &str) -> Result<&str, TeamError> {
    let text = text.trim();
    let is_right =
        (1..=MAX_NAME_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    is_right.then_some(text).ok_or(TeamError::Field {
        field: "name",
        why: "must be 1–100 characters on one line",
    })
}

/// What fits the database, and a few exabytes more than anyone has.
fn quota(bytes: u64) -> Result<u64, TeamError> {
    i64::try_from(bytes).map(|_| bytes).map_err(|_| TeamError::Field {
        field: "quota_bytes",
        why: "must not be larger than 9223372036854775807",
    })
}

fn taken(error: sqlx::Error) -> TeamError {
    if is_duplicate(&error) {
        TeamError::NameTaken
    } else {
        error.into()
    }
}
