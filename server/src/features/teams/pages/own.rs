use app::{contract::TeamId, features::teams::pages, routes, server_rendered::FormState};
use axum::{extract::State, response::Response};

use super::form::MembersForm;
use crate::{
    features::{audit::Origin, auth::pages::Member, teams::service::Caller},
    http::{
        extract::{Form, Path},
        problem::Problem,
    },
    state::AppState,
};

/// `GET /settings/teams`
pub(super) async fn list(State(state): State<AppState>, member: Member) -> Result<Response, Problem> {
    let teams = state.teams.of(member.person.who.user_id).await?.teams;
    let done = member.reply.told().await?;
    Ok(member.reply.show(pages::own_teams(teams, done)).await)
}

/// `GET /settings/teams/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    mut member: Member,
    origin: Origin,
    Path(id): Path<TeamId>,
) -> Result<Response, Problem> {
    let caller = Caller::new(&member.person, &origin);
    let team = state.teams.get(&caller, id).await?;
    let members = state.teams.members(&caller, id).await?.members;
    let done = member.reply.told().await?;
    let form = member.reply.fill(FormState::default());
    let viewer = member.person.who.user_id;
    let page = pages::own_team(team, members, viewer, form, done);
    Ok(member.reply.show(page).await)
}

/// `POST /settings/teams/{id}`: 303 back, or to the list once the person has left.
pub(super) async fn change(
    State(state): State<AppState>,
    member: Member,
    origin: Origin,
    Path(id): Path<TeamId>,
    Form(form): Form<MembersForm>,
) -> Result<Response, Problem> {
    let caller = Caller::new(&member.person, &origin);
    let viewer = member.person.who.user_id;
    match form.submit(&state.teams, &caller, id).await {
        Ok(_) if form.remove == Some(viewer) => {
            member
                .reply
                .done(routes::OWN_TEAMS, "You have left the team.")
                .await
        }
        Ok(done) => member.reply.done(&routes::own_team(id), done).await,
        Err(error) => {
            let team = state.teams.get(&caller, id).await?;
            let members = state.teams.members(&caller, id).await?.members;
            let typed = form.typed(FormState::default());
            let again = |error| pages::own_team(team, members, viewer, typed.refused(error), None);
            Ok(member.reply.refuse(error, again).await)
        }
    }
}
