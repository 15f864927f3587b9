//! `/api/admin` and `/api/auth/setup`: parse, call, map.

mod count_storage;
mod setup;
mod stats;
mod users;

use utoipa_axum::routes;

use crate::{
    http::routes::{LimitClass, Routes},
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Account)
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::get_user, users::update_user, users::delete_user))
        .routes(routes!(count_storage::count_storage))
        .routes(routes!(stats::stats))
        .merge(Routes::under(LimitClass::Password).routes(routes!(setup::set_up)))
}
