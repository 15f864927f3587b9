use app::{
    contract::{TeamId, UserId},
    features::teams::types::TeamMember,
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

/// Takes a member out of the team, for its managers and for administrators; and everyone may leave.
///
/// From the next request on they reach nothing of the team's; their unfinished uploads there are aborted within the hour.
#[utoipa::path(
    delete,
    path = "/api/teams/{id}/members/{user_id}",
    tag = "Teams",
    params(("id" = TeamId, Path), ("user_id" = UserId, Path)),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = TeamMember, description = "Who is no member any more"),
        (status = 404, description = "No such team of the caller's, or no such member"),
        (status = 409, description = "The last manager stays one, unless an administrator asks"),
    )
)]
pub(super) async fn remove_member(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Path((id, user)): Path<(TeamId, UserId)>,
) -> Result<Json<TeamMember>, Problem> {
    let caller = Caller::new(&caller, &origin);
    Ok(Json(state.teams.remove_member(&caller, id, user).await?))
}
