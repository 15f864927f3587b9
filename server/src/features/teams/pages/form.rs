//! What the forms about members ask for.

use app::{
    contract::{TeamId, UserId},
    features::teams::types::{AddMemberRequest, TeamRole},
    server_rendered::FormState,
};
use serde::Deserialize;

use crate::features::teams::{
    TeamError,
    service::{Caller, Teams},
};

/// Somebody to add, to change or to remove.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MembersForm {
    pub user: Option<String>,
    pub member: Option<UserId>,
    pub remove: Option<UserId>,
    pub role: Option<TeamRole>,
    pub new_role: Option<TeamRole>,
}

impl MembersForm {
    /// Does it, and answers what was done.
    pub(super) async fn submit(
        &self,
        teams: &Teams,
        caller: &Caller,
        id: TeamId,
    ) -> Result<String, TeamError> {
        if let Some(user) = self.remove {
            let gone = teams.remove_member(caller, id, user).await?;
            return Ok(format!("{} is no member any more.", gone.username));
        }
        if let Some((user, role)) = self.member.zip(self.new_role) {
            let changed = teams.change_member(caller, id, user, role).await?;
            return Ok(format!("The role of {} is saved.", changed.username));
        }
        let request = AddMemberRequest {
            user: self.user.clone().unwrap_or_default(),
            role: self.role.unwrap_or(TeamRole::Viewer),
        };
        let added = teams.add_member(caller, id, &request).await?;
        Ok(format!("{} is a member now.", added.username))
    }

    /// What was typed.
    pub(super) fn typed(&self, form: FormState) -> FormState {
        form.with("user", self.user.clone().unwrap_or_default())
            .with("role", self.role.map_or("", TeamRole::text))
            .with("member", self.member.map(|id| id.to_string()).unwrap_or_default())
            .with("new_role", self.new_role.map_or("", TeamRole::text))
    }
}
