use app::features::teams::types::{CreateTeamRequest, Team};
use axum::extract::State;
use http::StatusCode;

use crate::{
    features::{audit::Origin, auth::principal::Person, teams::service::Caller},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// Makes a team, for administrators. It has no members yet; `POST /api/teams/{id}/members` adds them.
#[utoipa::path(
    post,
    path = "/api/teams",
    tag = "Teams",
    request_body = CreateTeamRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 201, body = Team),
        (status = 409, description = "Another team has this name"),
    )
)]
pub(super) async fn create_team(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Json(request): Json<CreateTeamRequest>,
) -> Result<(StatusCode, Json<Team>), Problem> {
    let caller = Caller::new(&caller, &origin);
    let made = state.teams.create(&caller, &request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
