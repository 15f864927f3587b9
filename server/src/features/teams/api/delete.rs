use app::{contract::TeamId, features::teams::types::DeleteTeamResponse};
use axum::extract::State;

use crate::{
    features::{audit::Origin, auth::principal::Person, teams::service::Caller},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// Deletes a team, for administrators.
///
/// Its members lose access at once, on every replica. Its files stay in storage, where the answer says, out of
/// everyone's reach.
#[utoipa::path(
    delete,
    path = "/api/teams/{id}",
    tag = "Teams",
    params(("id" = TeamId, Path)),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = DeleteTeamResponse),
        (status = 404, description = "No such team of the caller's"),
    )
)]
pub(super) async fn delete_team(
    State(state): State<AppState>,
    caller: Person,
    origin: Origin,
    Path(id): Path<TeamId>,
) -> Result<Json<DeleteTeamResponse>, Problem> {
    let caller = Caller::new(&caller, &origin);
    Ok(Json(state.teams.delete(&caller, id).await?))
}
