//! `/api/auth/api-keys`: parse, call, map.

mod create;
mod delete;
mod list;

use utoipa_axum::routes;

use crate::{
    http::routes::{LimitClass, Routes},
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Account)
        .routes(routes!(list::list_api_keys))
        .routes(routes!(delete::delete_api_key))
        .merge(Routes::under(LimitClass::Credentials).routes(routes!(create::create_api_key)))
}
