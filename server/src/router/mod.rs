//! The assembly: every feature's routes, inside the middleware, behind the table of older paths.

mod csrf;
mod denials;
mod docs;
mod limits;
mod openapi;
mod operations;
pub mod pages;
mod space;
mod unsaved;

use std::sync::Arc;

use app::contract::{ApiError, ErrorCode};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn_with_state, map_response},
};
use http::StatusCode;
use ipnet::IpNet;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::{OpenApi, openapi::OpenApi as Tree};

use crate::{
    features::{
        admin, api_keys, audit,
        auth::{
            self,
            session::{self, cookie_name},
        },
        buckets, files, invitations, jobs, mail, teams, uploads,
    },
    http::{
        client, compat,
        extract::MAX_BODY_BYTES,
        headers, host, observe, panic,
        problem::Problem,
        routes::{RoutePolicies, Routes, find_policy},
    },
    state::AppState,
};
use openapi::{Document, complete};

/// Every route that the OpenAPI document describes.
fn described() -> Routes<AppState> {
    operations::router()
        .merge(auth::router())
        .merge(api_keys::router())
        .merge(files::api::router())
        .merge(uploads::api::router())
        .merge(buckets::api::router())
        .merge(jobs::router())
        .merge(admin::router())
        .merge(invitations::router())
        .merge(teams::router())
        .merge(audit::router())
}

/// What the routes of every configuration were declared under.
#[must_use]
pub fn policies() -> RoutePolicies {
    let (_, policies) = described().merge(pages::declared()).into_parts();
    policies
}

/// The OpenAPI document, older paths included. `cookie` is the name of the session's cookie.
#[must_use]
pub fn openapi(cookie: &str) -> Tree {
    let (routes, policies) = described().into_parts();
    let mut document = Document::openapi();
    document.merge(routes.into_openapi());
    complete(&mut document, &policies, cookie);
    document
}

/// The whole site. Pure: what it reaches is in `state`.
pub fn build(state: AppState) -> Router {
    let site = &state.config.site;
    let mut routes = described();
    if site.api_docs {
        routes = routes.merge(docs::router(openapi(&cookie_name(&site.public_url))));
    }
    let trusted_proxies: Arc<[IpNet]> = state.config.limits.trusted_proxies.as_slice().into();
    let show_refused = from_fn_with_state(state.clone(), pages::refused_form::show_refused);
    let (routes, policies) = routes
        .merge(mail::router(&state.config.mail))
        .merge(pages::router(&state))
        .into_parts();
    let inner = Router::from(routes)
        .merge(pages::bundle(site))
        .fallback(pages::fallback)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            // From the outside in.
            ServiceBuilder::new()
                .layer(from_fn_with_state(trusted_proxies, client::identify))
                .layer(from_fn_with_state(
                    Arc::clone(&state.platform.rng),
                    observe::observe,
                ))
                .layer(from_fn_with_state(Arc::clone(&state.config), headers::add))
                .layer(CatchPanicLayer::custom(panic::answer))
                .layer(from_fn_with_state(Arc::clone(&state.config), host::check))
                .layer(from_fn_with_state(Arc::new(policies), find_policy))
                .layer(from_fn_with_state(state.clone(), denials::check))
                .layer(from_fn_with_state(state.clone(), csrf::check))
                .layer(from_fn_with_state(state.clone(), unsaved::answer))
                .layer(session::layer(&state))
                .layer(map_response(unsaved::mark))
                .layer(from_fn_with_state(state.clone(), space::check))
                .layer(from_fn_with_state(state.clone(), limits::check))
                .layer(DefaultBodyLimit::max(MAX_BODY_BYTES)),
        )
        .with_state(state);
    // Around the router, not inside: a layer inside would run after the route has been chosen.
    Router::new().fallback_service(
        ServiceBuilder::new()
            .map_request(compat::canonical)
            .layer(show_refused)
            .service(inner),
    )
}

pub(super) fn not_found() -> Problem {
    Problem::new(ApiError::new(
        ErrorCode::ResourceNotFound,
        "There is nothing at this address",
    ))
}

async fn method_not_allowed() -> Problem {
    Problem::new(ApiError::new(
        ErrorCode::Unsupported,
        "This address does not take that method",
    ))
    .with_status(StatusCode::METHOD_NOT_ALLOWED)
}
