use app::features::files::types::UserPrefixResponse;
use axum::extract::State;

use crate::{
    features::{auth::AnyCaller, scopes::Refusals},
    http::{extract::Json, problem::Problem},
    state::AppState,
};

/// The prefix under which all of the caller's keys lie.
#[utoipa::path(
    get,
    path = "/api/s3/user-prefix",
    tag = "Files",
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = UserPrefixResponse), Refusals)
)]
pub(super) async fn user_prefix(
    State(state): State<AppState>,
    AnyCaller(who): AnyCaller,
) -> Result<Json<UserPrefixResponse>, Problem> {
    Ok(Json(state.files.user_prefix(&who).await?))
}
