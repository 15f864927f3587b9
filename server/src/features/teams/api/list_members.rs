use app::{contract::TeamId, features::teams::types::TeamMembersResponse};
use axum::extract::State;

use crate::{
    features::{audit::Origin, auth::principal::Person, teams::service::Caller},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// Everyone in the team, for its members and for administrators.
#[utoipa::path(
    get,
    path = "/api/teams/{id}/members",
    tag = "Teams",
    params(("id" = TeamId, Path)),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = TeamMembersResponse),
        (status = 404, description = "No such team of the caller's"),
    )
)]
pub(super) async fn list_members(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Path(id): Path<TeamId>,
) -> Result<Json<TeamMembersResponse>, Problem> {
    let caller = Caller::new(&caller, &origin);
    Ok(Json(state.teams.members(&caller, id).await?))
}
