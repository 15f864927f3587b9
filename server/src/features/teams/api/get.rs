use app::{contract::TeamId, features::teams::types::Team};
use axum::extract::State;

use crate::{
    features::{audit::Origin, auth::principal::Person, teams::service::Caller},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// One team, for its members and for administrators.
#[utoipa::path(
    get,
    path = "/api/teams/{id}",
    tag = "Teams",
    params(("id" = TeamId, Path)),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = Team),
        (status = 404, description = "No such team of the caller's"),
    )
)]
pub(super) async fn get_team(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Path(id): Path<TeamId>,
) -> Result<Json<Team>, Problem> {
    let caller = Caller::new(&caller, &origin);
    Ok(Json(state.teams.get(&caller, id).await?))
}
