use app::{
    contract::TeamId,
    features::teams::types::{Team, UpdateTeamRequest},
};
use axum::extract::State;

use crate::{
    features::{audit::Origin, auth::principal::Person, teams::service::Caller},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// Changes a team's name or quota, for administrators.
#[utoipa::path(
    patch,
    path = "/api/teams/{id}",
    tag = "Teams",
    params(("id" = TeamId, Path)),
    request_body = UpdateTeamRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = Team),
        (status = 404, description = "No such team of the caller's"),
        (status = 409, description = "Another team has this name"),
    )
)]
pub(super) async fn update_team(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Path(id): Path<TeamId>,
    Json(request): Json<UpdateTeamRequest>,
) -> Result<Json<Team>, Problem> {
    let caller = Caller::new(&caller, &origin);
    Ok(Json(state.teams.update(&caller, id, &request).await?))
}
