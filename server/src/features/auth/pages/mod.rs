//! The pages of accounts: forms that work without script, posted to the path of the page they stand on.

mod confirm;
mod devices;
mod forgot;
mod password;
mod profile;
mod register;
mod reset;
mod sign_in;

use app::routes;
use axum::{
    Router,
    response::Redirect,
    routing::{get, post},
};

use crate::state::AppState;

pub fn router() -> Router<AppState> {
    Router::new()
        .route(routes::SIGN_IN, get(sign_in::show).post(sign_in::sign_in))
        .route(routes::SIGN_OUT, post(sign_in::sign_out))
        .route(routes::REGISTER, get(register::show).post(register::register))
        .route(routes::CONFIRM, get(confirm::show).post(confirm::confirm))
        .route(routes::RESEND_CODE, post(confirm::resend))
        .route(routes::FORGOT_PASSWORD, get(forgot::show).post(forgot::forgot))
        .route(routes::RESET_PASSWORD, get(reset::show).post(reset::reset))
        .route(routes::SETTINGS, get(|| async { Redirect::to(routes::PROFILE) }))
        .route(routes::PROFILE, get(profile::show).post(profile::update))
        .route(routes::PASSWORD, get(password::show).post(password::change))
        .route(routes::DEVICES, get(devices::show).post(devices::end))
}

/// A field that was left empty is one that was not given.
fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
