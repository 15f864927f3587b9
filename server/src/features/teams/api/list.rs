use app::features::teams::types::TeamsResponse;
use axum::extract::State;

use crate::{
    features::auth::principal::Person,
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// The teams that the caller is a member of.
#[utoipa::path(
    get,
    path = "/api/teams",
    tag = "Teams",
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = TeamsResponse))
)]
pub(super) async fn list_teams(
    State(state): State<AppState>,
    caller: Person,
) -> Result<Json<TeamsResponse>, Problem> {
    Ok(Json(state.teams.of(caller.who.user_id).await?))
}
