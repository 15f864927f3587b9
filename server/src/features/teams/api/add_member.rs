use app::{
    contract::TeamId,
    features::teams::types::{AddMemberRequest, TeamMember},
};
use axum::extract::State;
use http::StatusCode;

use crate::{
    features::{audit::Origin, auth::principal::Person, teams::service::Caller},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// Adds somebody to the team, for its managers and for administrators.
#[utoipa::path(
    post,
    path = "/api/teams/{id}/members",
    tag = "Teams",
    params(("id" = TeamId, Path)),
    request_body = AddMemberRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 201, body = TeamMember),
        (status = 404, description = "No such team of the caller's, or `USER_NOT_FOUND`"),
        (status = 409, description = "They are a member already, or a limit is reached"),
    )
)]
pub(super) async fn add_member(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Path(id): Path<TeamId>,
    Json(request): Json<AddMemberRequest>,
) -> Result<(StatusCode, Json<TeamMember>), Problem> {
    let caller = Caller::new(&caller, &origin);
    let added = state.teams.add_member(&caller, id, &request).await?;
    Ok((StatusCode::CREATED, Json(added)))
}
