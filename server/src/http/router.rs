//! The assembly: every feature's routes, inside the middleware, behind the table of older paths.

use axum::Router;
use tower::ServiceBuilder;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::{compat, openapi::Document};
use crate::{
    features::{
        auth::{self, session},
        files, uploads,
    },
    state::AppState,
};

/// Every route that the OpenAPI document describes.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(auth::router())
        .merge(files::api::router())
        .merge(uploads::api::router())
}

/// The whole site. Pure: what it reaches is in `state`.
pub fn build(state: AppState) -> Router {
    let (routes, _document) = api().split_for_parts();
    let inner = routes
        .layer(session::layer(&state))
        .layer(axum::extract::DefaultBodyLimit::max(
            super::extract::MAX_BODY_BYTES,
        ))
        .with_state(state);
    // Around the router, not inside: a layer inside would run after the route has been chosen.
    Router::new().fallback_service(
        ServiceBuilder::new()
            .map_request(compat::canonical)
            .service(inner),
    )
}
