use app::features::teams::types::{AllTeamsPage, AllTeamsQuery};
use axum::extract::State;

use crate::{
    features::{admin::Admin, audit::Origin, auth::principal::Person, teams::service::Caller},
    http::{
        extract::{Json, Query},
        problem::Problem,
    },
    state::AppState,
};

/// Every team, for administrators. Deleted ones are listed too: their files are still in storage.
#[utoipa::path(
    get,
    path = "/api/admin/teams",
    tag = "Administration",
    params(AllTeamsQuery),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = AllTeamsPage))
)]
pub(super) async fn list_all_teams(
    State(state): State<AppState>,
    _: Admin,
    caller: Person,
    origin: Origin,
    Query(query): Query<AllTeamsQuery>,
) -> Result<Json<AllTeamsPage>, Problem> {
    let caller = Caller::new(&caller, &origin);
    Ok(Json(state.teams.all(&caller, &query).await?))
}
