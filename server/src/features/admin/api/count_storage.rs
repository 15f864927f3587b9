use app::{contract::UserId, features::admin::types::AdminUser};
use axum::extract::State;
use http::StatusCode;

use crate::{
    features::{
        admin::{Admin, Authority},
        audit::Origin,
    },
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// Counts anew what an account has in storage.
///
/// The count begins within a minute. `GET /api/admin/users/{id}` has its result once `quota_counted_at` has changed.
#[utoipa::path(
    post,
    path = "/api/admin/users/{id}/count-storage",
    tag = "Administration",
    params(("id" = UserId, Path)),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 202, body = AdminUser, description = "The account, with the figures of the last count"),
        (status = 404, description = "`USER_NOT_FOUND`"),
    )
)]
pub(super) async fn count_storage(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Path(id): Path<UserId>,
) -> Result<(StatusCode, Json<AdminUser>), Problem> {
    let by = Authority::of(&admin, &origin);
    let user = state.administration.count_storage(&by, id).await?;
    Ok((StatusCode::ACCEPTED, Json(user)))
}
