//! The pages of admins, and the one that makes the first.

mod setup;
mod user;
mod users;

use app::routes;
use axum::{Router, response::Redirect, routing::get};

use crate::state::AppState;

pub fn pages() -> Router<AppState> {
    Router::new()
        .route(routes::SETUP, get(setup::show).post(setup::set_up))
        .route(routes::ADMIN, get(|| async { Redirect::to(routes::USERS) }))
        .route(routes::USERS, get(users::show))
        .route(
            &format!("{}/{{id}}", routes::USERS),
            get(user::show).post(user::change),
        )
}
