//! `/api/teams` and `/api/admin/teams`: one endpoint a file. An API key works with files alone, so none of them takes one.

mod add_member;
mod change_member;
mod create;
mod delete;
mod get;
mod list;
mod list_all;
mod list_members;
mod remove_member;
mod update;

use utoipa_axum::routes;

use crate::{
    http::routes::{LimitClass, Routes},
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Account)
        .routes(routes!(list::list_teams, create::create_team))
        .routes(routes!(get::get_team, update::update_team, delete::delete_team))
        .routes(routes!(list_members::list_members, add_member::add_member))
        .routes(routes!(
            change_member::change_member,
            remove_member::remove_member
        ))
        .routes(routes!(list_all::list_all_teams))
}
