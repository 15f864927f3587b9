use app::features::admin::types::Stats;
use axum::extract::State;

use crate::{
    features::{
        admin::{Admin, Authority},
        audit::Origin,
    },
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// How many accounts, sign-ins and uploads there are at this moment.
#[utoipa::path(
    get,
    path = "/api/admin/stats",
    tag = "Administration",
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Stats))
)]
pub(super) async fn stats(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
) -> Result<Json<Stats>, Problem> {
    Ok(Json(
        state
            .administration
            .stats(&Authority::of(&admin, &origin))
            .await?,
    ))
}
