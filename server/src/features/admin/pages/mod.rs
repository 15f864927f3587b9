//! The pages of admins, and the one that makes the first.

mod extract;
pub mod gib;
mod setup;
mod user;
mod users;

use app::routes;
use axum::response::Redirect;

pub use extract::AdminPage;

use crate::{
    features::pages::{
        Audience::{Admins, Everyone},
        Pages,
    },
    http::routes::LimitClass,
};

pub fn pages() -> Pages {
    let user = format!("{}/{{id}}", routes::USERS);
    Pages::default()
        .get(Everyone, routes::SETUP, setup::show)
        .post(Everyone, LimitClass::Password, routes::SETUP, setup::set_up)
        .get(Everyone, routes::ADMIN, || async { Redirect::to(routes::USERS) })
        .get(Admins, routes::USERS, users::show)
        .get(Admins, &user, user::show)
        .post(Admins, LimitClass::Account, &user, user::change)
}
