use app::features::files::types::UserPrefixResponse;
use axum::extract::State;

use super::Refusals;
use crate::{features::auth::principal::Principal, http::extract::Json, state::AppState};

/// The prefix under which all of the caller's keys lie.
#[utoipa::path(
    get,
    path = "/api/s3/user-prefix",
    tag = "Files",
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = UserPrefixResponse), Refusals)
)]
pub(super) async fn user_prefix(State(state): State<AppState>, who: Principal) -> Json<UserPrefixResponse> {
    Json(state.files.user_prefix(&who))
}
