//! `/admin/invitations`

use app::{
    contract::{InvitationId, MaxKeys, TeamId},
    features::{
        auth::types::Role,
        invitations::{
            pages,
            types::{InvitationsQuery, InviteRequest},
        },
        teams::types::{AdminTeam, AllTeamsQuery, TeamRole},
    },
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::error::InvitationError;
use crate::{
    features::{
        admin::AdminPage,
        audit::Origin,
        pages::{Audience, Pages},
        teams::service::Caller,
    },
    http::{
        extract::{Form, Query},
        problem::Problem,
        routes::LimitClass,
    },
    state::AppState,
};

pub fn pages() -> Pages {
    Pages::default()
        .get(Audience::Admins, routes::INVITATIONS, show)
        .post(Audience::Admins, LimitClass::Account, routes::INVITATIONS, change)
}

async fn show(
    State(state): State<AppState>,
    mut admin: AdminPage,
    origin: Origin,
    Query(query): Query<InvitationsQuery>,
) -> Result<Response, Problem> {
    let page = state.invitations.list(&admin.by, &query).await?;
    let teams = teams(&state, &admin, &origin).await?;
    let done = admin.reply.told().await?;
    let form = admin
        .reply
        .fill(FormState::default().with("expires_in_days", "7"));
    Ok(admin
        .reply
        .show(pages::invitations(page, teams, form, done))
        .await)
}

/// A new invitation, or the end of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvitationForm {
    revoke: Option<InvitationId>,
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    team_id: String,
    #[serde(default)]
    team_role: String,
    #[serde(default)]
    expires_in_days: String,
}

fn request(form: &InvitationForm) -> Result<InviteRequest, InvitationError> {
    let email = form.email.trim();
    let team_id: Option<TeamId> = match form.team_id.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| InvitationError::Field {
            field: "team_id",
            why: "is no team's",
        })?),
    };
    Ok(InviteRequest {
        email: (!email.is_empty()).then(|| email.to_owned()),
        role: Role::from_text(&form.role),
        team_id,
        team_role: team_id.and_then(|_| TeamRole::from_text(&form.team_role)),
        expires_in_days: form.expires_in_days.parse().ok(),
    })
}

/// Those that somebody can be invited into: as many as a choice has room for.
async fn teams(state: &AppState, admin: &AdminPage, origin: &Origin) -> Result<Vec<AdminTeam>, Problem> {
    let query = AllTeamsQuery {
        max_keys: Some(MaxKeys::MAX),
        ..AllTeamsQuery::default()
    };
    let caller = Caller::new(&admin.person, origin);
    let mut teams = state.teams.all(&caller, &query).await?.teams;
    teams.retain(|team| team.deleted_at.is_none());
    Ok(teams)
}

/// `POST /admin/invitations`: a link that is not mailed is shown by the answer itself, the one time.
async fn change(
    State(state): State<AppState>,
    admin: AdminPage,
    origin: Origin,
    Form(form): Form<InvitationForm>,
) -> Result<Response, Problem> {
    if let Some(id) = form.revoke {
        let done = match state.invitations.revoke(&admin.by, id).await {
            Ok(()) => "The invitation is withdrawn.",
            Err(InvitationError::NotFound) => "That invitation could not be used any more.",
            Err(error) => return Err(error.into()),
        };
        return admin.reply.done(routes::INVITATIONS, done).await;
    }
    let invited = match request(&form) {
        Ok(request) => state.invitations.invite(&admin.by, request).await,
        Err(error) => Err(error),
    };
    match invited {
        Ok(made) if made.link.is_some() => Ok(admin.reply.show(pages::invited(made)).await),
        Ok(made) => {
            let to = made.invitation.email.unwrap_or_default();
            let done = format!("The invitation is on its way to {to}.");
            admin.reply.done(routes::INVITATIONS, done).await
        }
        Err(error) => {
            let page = state
                .invitations
                .list(&admin.by, &InvitationsQuery::default())
                .await?;
            let teams = teams(&state, &admin, &origin).await?;
            let typed = FormState::default()
                .with("team_id", form.team_id)
                .with("team_role", form.team_role)
                .with("email", form.email)
                .with("role", form.role)
                .with("expires_in_days", form.expires_in_days);
            let again = |error| pages::invitations(page, teams, typed.refused(error), None);
            Ok(admin.reply.refuse(error, again).await)
        }
    }
}
