//! The pages of accounts: forms that work without script, posted to the path of the page they stand on.

mod devices;
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
        .route(routes::SETTINGS, get(|| async { Redirect::to(routes::DEVICES) }))
        .route(routes::DEVICES, get(devices::show).post(devices::end))
}
