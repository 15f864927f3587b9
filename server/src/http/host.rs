//! Development answers only to the names of this machine (security 46). Any site could point a name of its own at
//! 127.0.0.1, and its pages would then share our origin (DNS rebinding).

use std::sync::Arc;

use app::contract::{ApiError, ErrorCode};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use crate::{config::Config, http::problem::Problem};

pub(crate) async fn check(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    // Browsers always send it.
    let host = request.headers().get(header::HOST);
    let host = match host {
        Some(host) => host.to_str().ok(),
        None => request.uri().authority().map(http::uri::Authority::as_str),
    };
    let site = &config.site;
    if host.is_some_and(|host| !site.answers_to(host)) {
        let error = ApiError::new(
            ErrorCode::PermissionDenied,
            format!(
                "In development this server answers at {} alone (PUBLIC_URL), and to addresses.",
                site.public_url
            ),
        );
        return Problem::new(error)
            .with_status(StatusCode::MISDIRECTED_REQUEST)
            .into_response();
    }
    next.run(request).await
}
