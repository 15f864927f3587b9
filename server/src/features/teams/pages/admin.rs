use app::{
    contract::{TeamId, UserId},
    features::teams::{
        pages,
        types::{AllTeamsQuery, CreateTeamRequest, Team, TeamRole, UpdateTeamRequest},
    },
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::form::MembersForm;
use crate::{
    features::{
        admin::{AdminPage, gib},
        audit::Origin,
        teams::{TeamError, service::Caller},
    },
    http::{
        extract::{Form, Path, Query},
        problem::Problem,
    },
    state::AppState,
};

/// `GET /admin/teams`
pub(super) async fn list(
    State(state): State<AppState>,
    mut admin: AdminPage,
    origin: Origin,
    Query(query): Query<AllTeamsQuery>,
) -> Result<Response, Problem> {
    let caller = Caller::new(&admin.person, &origin);
    let page = state.teams.all(&caller, &query).await?;
    let done = admin.reply.told().await?;
    let form = admin.reply.fill(FormState::default());
    Ok(admin.reply.show(pages::all_teams(page, form, done)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTeamForm {
    name: String,
}

/// `POST /admin/teams`: 303 to the new team.
pub(super) async fn create(
    State(state): State<AppState>,
    admin: AdminPage,
    origin: Origin,
    Form(form): Form<NewTeamForm>,
) -> Result<Response, Problem> {
    let caller = Caller::new(&admin.person, &origin);
    let request = CreateTeamRequest {
        name: form.name.clone(),
        quota_bytes: None,
    };
    match state.teams.create(&caller, &request).await {
        Ok(team) => {
            let done = format!("The team {} is there. Add its members.", team.name);
            admin.reply.done(&routes::team(team.id), done).await
        }
        Err(error) => {
            let page = state.teams.all(&caller, &AllTeamsQuery::default()).await?;
            let typed = FormState::default().with("name", form.name);
            let again = |error| pages::all_teams(page, typed.refused(error), None);
            Ok(admin.reply.refuse(error, again).await)
        }
    }
}

/// `GET /admin/teams/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    mut admin: AdminPage,
    origin: Origin,
    Path(id): Path<TeamId>,
) -> Result<Response, Problem> {
    let caller = Caller::new(&admin.person, &origin);
    let team = state.teams.get(&caller, id).await?;
    let members = state.teams.members(&caller, id).await?.members;
    let done = admin.reply.told().await?;
    let form = admin.reply.fill(filled(&team));
    Ok(admin.reply.show(pages::team(team, members, form, done)).await)
}

/// One of these at a time, or what changes members.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TeamForm {
    name: Option<String>,
    /// Empty: no limit.
    quota_gib: Option<String>,
    delete: Option<String>,
    user: Option<String>,
    member: Option<UserId>,
    remove: Option<UserId>,
    role: Option<TeamRole>,
    new_role: Option<TeamRole>,
}

/// `POST /admin/teams/{id}`: 303 back, or to the list when the team is deleted.
pub(super) async fn change(
    State(state): State<AppState>,
    admin: AdminPage,
    origin: Origin,
    Path(id): Path<TeamId>,
    Form(form): Form<TeamForm>,
) -> Result<Response, Problem> {
    let caller = Caller::new(&admin.person, &origin);
    let team = state.teams.get(&caller, id).await?;
    let members = MembersForm {
        user: form.user,
        member: form.member,
        remove: form.remove,
        role: form.role,
        new_role: form.new_role,
    };
    let changed = if form.delete.is_some() {
        let deleted = state.teams.delete(&caller, id).await;
        deleted.map(|_| {
            (
                routes::TEAMS.to_owned(),
                format!("The team {} is deleted.", team.name),
            )
        })
    } else if form.name.is_some() || form.quota_gib.is_some() {
        match request(form.name.as_deref(), form.quota_gib.as_deref()) {
            Ok((request, done)) => {
                let updated = state.teams.update(&caller, id, &request).await;
                updated.map(|_| (routes::team(id), done.to_owned()))
            }
            Err(error) => Err(error),
        }
    } else {
        let done = members.submit(&state.teams, &caller, id).await;
        done.map(|done| (routes::team(id), done))
    };
    match changed {
        Ok((location, done)) => admin.reply.done(&location, done).await,
        Err(error) => {
            let mut typed = members.typed(filled(&team));
            for (name, value) in [("name", form.name), ("quota_gib", form.quota_gib)] {
                if let Some(value) = value {
                    typed = typed.with(name, value);
                }
            }
            let members = state.teams.members(&caller, id).await?.members;
            let again = |error| pages::team(team, members, typed.refused(error), None);
            Ok(admin.reply.refuse(error, again).await)
        }
    }
}

/// With what the page says once it is done.
fn request(
    name: Option<&str>,
    quota_gib: Option<&str>,
) -> Result<(UpdateTeamRequest, &'static str), TeamError> {
    let quota_bytes = quota_gib
        .map(|text| {
            gib::bytes(text).ok_or(TeamError::Field {
                field: "quota_gib",
                why: gib::WHY,
            })
        })
        .transpose()?;
    let done = if name.is_some() {
        "The team has another name now."
    } else {
        "The limit is saved."
    };
    let request = UpdateTeamRequest {
        name: name.map(str::to_owned),
        quota_bytes,
    };
    Ok((request, done))
}

fn filled(team: &Team) -> FormState {
    FormState::default()
        .with("name", team.name.clone())
        .with("quota_gib", gib::text(team.quota_bytes))
}
