//! `/api/admin` and `/api/auth/setup`: parse, call, map.

mod setup;
mod stats;
mod users;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::get_user, users::update_user, users::delete_user))
        .routes(routes!(stats::stats))
        .routes(routes!(setup::set_up))
}
