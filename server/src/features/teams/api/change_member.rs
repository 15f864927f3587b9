use app::{
    contract::{TeamId, UserId},
    features::teams::types::{TeamMember, UpdateMemberRequest},
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

/// Gives a member another role, for managers of the team and for administrators. It holds from the next request on.
#[utoipa::path(
    patch,
    path = "/api/teams/{id}/members/{user_id}",
    tag = "Teams",
    params(("id" = TeamId, Path), ("user_id" = UserId, Path)),
    request_body = UpdateMemberRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = TeamMember),
        (status = 404, description = "No such team of the caller's, or no such member"),
        (status = 409, description = "The last manager stays one, unless an administrator asks"),
    )
)]
pub(super) async fn change_member(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Path((id, user)): Path<(TeamId, UserId)>,
    Json(request): Json<UpdateMemberRequest>,
) -> Result<Json<TeamMember>, Problem> {
    let caller = Caller::new(&caller, &origin);
    let changed = state.teams.change_member(&caller, id, user, request.role).await?;
    Ok(Json(changed))
}
