//! The pages of accounts: forms that work without script, posted to the path of the page they stand on.

mod confirm;
mod devices;
mod extract;
mod forgot;
mod password;
mod profile;
mod register;
mod reset;
mod sign_in;

use app::routes;
use axum::response::Redirect;

pub use extract::{Guest, Member};

use crate::{
    features::pages::{
        Audience::{Everyone, Members},
        Pages,
    },
    http::routes::LimitClass::{Account, Code, Mail, Password},
};

pub fn pages() -> Pages {
    Pages::default()
        .get(Everyone, routes::SIGN_IN, sign_in::show)
        .post(
            Everyone,
            Password.on_full_disk(),
            routes::SIGN_IN,
            sign_in::sign_in,
        )
        .post(
            Everyone,
            Account.on_full_disk(),
            routes::SIGN_OUT,
            sign_in::sign_out,
        )
        .get(Everyone, routes::REGISTER, register::show)
        .post(Everyone, Mail, routes::REGISTER, register::register)
        .get(Everyone, routes::CONFIRM, confirm::show)
        .post(Everyone, Code, routes::CONFIRM, confirm::confirm)
        .post(Everyone, Mail, routes::RESEND_CODE, confirm::resend)
        .get(Everyone, routes::FORGOT_PASSWORD, forgot::show)
        .post(Everyone, Mail, routes::FORGOT_PASSWORD, forgot::forgot)
        .get(Everyone, routes::RESET_PASSWORD, reset::show)
        .post(Everyone, Code, routes::RESET_PASSWORD, reset::reset)
        .get(Everyone, routes::SETTINGS, || async {
            Redirect::to(routes::PROFILE)
        })
        .get(Members, routes::PROFILE, profile::show)
        .post(Members, Password, routes::PROFILE, profile::update)
        .get(Members, routes::PASSWORD, password::show)
        .post(Members, Password, routes::PASSWORD, password::change)
        .get(Members, routes::DEVICES, devices::show)
        .post(Members, Account, routes::DEVICES, devices::end)
}

/// A field that was left empty is one that was not given.
fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
