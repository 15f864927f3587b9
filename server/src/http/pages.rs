//! The pages: rendered here first, with the person who looks and the use cases given by context.

use std::collections::BTreeMap;

use app::{
    contract::ApiError,
    features::auth::port::{RefusedForm, Viewer},
};
use axum::{
    Router,
    body::Body,
    extract::{RawQuery, Request, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Method, StatusCode, header};
use leptos::{config::LeptosOptions, nonce::Nonce, prelude::provide_context};
use tower::ServiceExt;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use super::{local_path::LocalPath, middleware::headers::page_policy, problem::Problem, router::not_found};
use crate::{
    features::{
        auth::{Visitor, principal::Principal},
        files::port,
    },
    state::AppState,
};

const PKG: &str = "/pkg";

pub(super) fn router(state: &AppState) -> Router<AppState> {
    // Resources of a page are futures; leptos must know on what they run. A second call is told so and ignored.
    let _ = any_spawner::Executor::init_tokio();

    let site = &state.config.site;
    let caching = if site.hashed_files {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let bundle = ServeDir::new(site.root.join("pkg"))
        .precompressed_br()
        .append_index_html_on_directories(false);
    let bundle = tower::ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            HeaderValue::from_static(caching),
        ))
        .service(bundle);
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/files", get(members))
        .route("/files/", get(members))
        .route("/files/{*path}", get(members))
        .nest_service(PKG, bundle)
}

async fn home(Visitor(visitor): Visitor) -> Redirect {
    Redirect::to(if visitor.is_some() { "/files/" } else { "/sign-in" })
}

/// The sign-in page; those who are signed in already go where they wanted to.
async fn sign_in(
    State(state): State<AppState>,
    Visitor(visitor): Visitor,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    if visitor.is_none() {
        return render(&state, None, None, request).await;
    }
    let next = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find_map(|(name, value)| (name == "next").then(|| value.into_owned()));
    Redirect::to(LocalPath::parse(&next.unwrap_or_default()).as_str()).into_response()
}

/// Pages for those who are signed in; others sign in first and come back.
async fn members(State(state): State<AppState>, Visitor(visitor): Visitor, request: Request) -> Response {
    if visitor.is_some() {
        return render(&state, visitor, None, request).await;
    }
    let wanted = request
        .uri()
        .path_and_query()
        .map_or("/files/", |path| path.as_str());
    let next: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

/// Whatever no route knows: a file of `public/`, or the page that says there is nothing here.
pub(super) async fn fallback(
    State(state): State<AppState>,
    Visitor(visitor): Visitor,
    request: Request,
) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") || !matches!(*request.method(), Method::GET | Method::HEAD)
    {
        return not_found().await.into_response();
    }
    let page = Request::builder().uri(request.uri().clone()).body(Body::empty());
    let files = ServeDir::new(&state.config.site.root).append_index_html_on_directories(false);
    match files.oneshot(request).await {
        Ok(found) if found.status() != StatusCode::NOT_FOUND => found.map(Body::new),
        _ => match page {
            Ok(page) => {
                let mut response = render(&state, visitor, None, page).await;
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
            Err(_) => not_found().await.into_response(),
        },
    }
}

/// The sign-in page again, with what was typed and what was wrong with it.
pub async fn refused_sign_in(
    state: &AppState,
    values: BTreeMap<String, String>,
    status: StatusCode,
    error: ApiError,
) -> Response {
    let Ok(request) = Request::builder().uri("/sign-in").body(Body::empty()) else {
        return Problem::new(error).with_status(status).into_response();
    };
    let refused = RefusedForm {
        values,
        error: Some(error),
    };
    let mut response = render(state, None, Some(refused), request).await;
    *response.status_mut() = status;
    response
}

async fn render(
    state: &AppState,
    visitor: Option<Principal>,
    refused: Option<RefusedForm>,
    request: Request,
) -> Response {
    let nonce = nonce(state);
    let storage = state.config.storage.browser_origins().join(" ");
    let reload = if state.config.site.reloads {
        "ws://127.0.0.1:8001 ws://localhost:8001"
    } else {
        ""
    };
    let policy = page_policy(&nonce, &storage, reload);

    let context = {
        let viewer = visitor.as_ref().map(viewer);
        let files = visitor.map(|who| port::for_person(state.files.clone(), who));
        move || {
            provide_context(Nonce::from_value(nonce.clone()));
            if let Some(viewer) = viewer.clone() {
                provide_context(viewer);
            }
            if let Some(files) = files.clone() {
                provide_context(files);
            }
            if let Some(refused) = refused.clone() {
                provide_context(refused);
            }
        }
    };
    let options = leptos_options(state);
    let page = leptos_axum::render_app_async_with_context(context, move || app::shell(options.clone()));
    let mut response = page(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // A page shows the names of someone's files; after they have signed out it must not come back out of a cache.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn viewer(principal: &Principal) -> Viewer {
    Viewer {
        id: principal.user_id,
        username: principal.username.clone(),
        role: principal.role,
        prefix: principal.home().as_str().to_owned(),
    }
}

fn nonce(state: &AppState) -> String {
    let mut bytes = [0; 16];
    state.rng.fill(&mut bytes);
    STANDARD.encode(bytes)
}

fn leptos_options(state: &AppState) -> LeptosOptions {
    let site = &state.config.site;
    LeptosOptions::builder()
        .output_name("stowage")
        .site_root(site.root.to_string_lossy().as_ref())
        .site_pkg_dir(PKG.trim_start_matches('/'))
        .site_addr(site.addr)
        .reload_port(8001)
        .hash_files(site.hashed_files)
        .build()
}
