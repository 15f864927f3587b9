//! The pages of teams: those of members under the settings, those of admins under the administration.

mod admin;
mod form;
mod own;

use app::routes;

use crate::{
    features::pages::{
        Audience::{Admins, Members},
        Pages,
    },
    http::routes::LimitClass,
};

pub fn pages() -> Pages {
    let (own, team) = (
        format!("{}/{{id}}", routes::OWN_TEAMS),
        format!("{}/{{id}}", routes::TEAMS),
    );
    Pages::default()
        .get(Members, routes::OWN_TEAMS, own::list)
        .get(Members, &own, own::show)
        .post(Members, LimitClass::Account, &own, own::change)
        .get(Admins, routes::TEAMS, admin::list)
        .post(Admins, LimitClass::Account, routes::TEAMS, admin::create)
        .get(Admins, &team, admin::show)
        .post(Admins, LimitClass::Account, &team, admin::change)
}
