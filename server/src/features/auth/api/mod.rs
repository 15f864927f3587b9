//! `/api/auth`: parse, call, map.

mod confirm;
mod keys;
mod login;
mod logout;
mod me;
mod password;
mod refresh;
mod register;
mod sessions;
mod token;

use axum::extract::FromRequestParts;
use http::request::Parts;
use utoipa_axum::routes;

use crate::{
    http::{
        compat::CalledAs,
        routes::{
            LimitClass::{Account, Code, Free, Mail, Password},
            Routes,
        },
    },
    state::AppState,
};

use super::service::Lifetime;

pub fn router() -> Routes<AppState> {
    let signing_in = Routes::under(Password.on_full_disk())
        .routes(routes!(login::login))
        .routes(routes!(token::token));
    let signed_in = Routes::under(Account.on_full_disk())
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::logout));
    let by_password = Routes::under(Password)
        .routes(routes!(password::change_password))
        // It takes the current password, for another address.
        .routes(routes!(me::update_me));
    let by_code = Routes::under(Code)
        .routes(routes!(confirm::confirm))
        .routes(routes!(password::reset_password));
    let by_mail = Routes::under(Mail)
        .routes(routes!(register::register))
        .routes(routes!(confirm::resend_code))
        .routes(routes!(password::forgot_password));
    let account = Routes::under(Account)
        .routes(routes!(me::me))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::end_session));
    Routes::under(Free)
        .routes(routes!(keys::public_keys))
        .merge(signing_in)
        .merge(signed_in)
        .merge(by_password)
        .merge(by_code)
        .merge(by_mail)
        .merge(account)
}

/// Through an older path, tokens live as long as its document promised.
impl<S: Sync> FromRequestParts<S> for Lifetime {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(if parts.extensions.get::<CalledAs>().is_some() {
            Self::Short
        } else {
            Self::Configured
        })
    }
}
