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
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{http::compat::CalledAs, state::AppState};

use super::service::Lifetime;

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(login::login))
        .routes(routes!(token::token))
        .routes(routes!(me::me, me::update_me))
        .routes(routes!(refresh::refresh))
        .routes(routes!(confirm::confirm))
        .routes(routes!(confirm::resend_code))
        .routes(routes!(password::forgot_password))
        .routes(routes!(password::reset_password))
        .routes(routes!(password::change_password))
        .routes(routes!(keys::public_keys))
        .routes(routes!(logout::logout))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::end_session))
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
