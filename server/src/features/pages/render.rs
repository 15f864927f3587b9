//! One document, rendered.

use std::sync::Arc;

use app::{
    contract::KeyRoot,
    features::{
        auth::port::{StorageLimit, Viewer, ViewersTeam},
        files::port::FilePort,
        teams::types::Team,
    },
    routes::{self, Drive},
    server_rendered::ServerRenderedPage,
};
use axum::{body::Body, extract::Request, response::Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use leptos::{config::LeptosOptions, nonce::Nonce, prelude::provide_context};

use crate::{
    features::{auth::principal::Principal, files::port::UserFiles, quota::Holder},
    http::headers::page_policy,
    platform::rate_limit::Work,
    state::AppState,
};

/// Where the browser's half of the program lies.
pub const PKG: &str = "/pkg";

/// `page` is given for server-rendered pages; pages that live in the browser get the use cases instead.
pub async fn render(
    state: &AppState,
    visitor: Option<&Principal>,
    page: Option<ServerRenderedPage>,
    request: Request<Body>,
) -> Response {
    let nonce = nonce(state);
    let storage = storage_origins(state, visitor, request.uri().path())
        .await
        .join(" ");
    let reload = if state.config.site.reloads {
        "ws://127.0.0.1:8001 ws://localhost:8001"
    } else {
        ""
    };
    let policy = page_policy(&nonce, &storage, reload);

    let work = request.extensions().get::<Work>().cloned();
    let files = visitor.map(|who| UserFiles::new(state.files.clone(), who.clone(), work));
    let context = {
        let viewer = match visitor {
            Some(who) => Some(viewer(state, who).await),
            None => None,
        };
        let address = visitor.map(|_| state.config.storage.address());
        let files = files.clone();
        move || {
            provide_context(Nonce::from_value(nonce.clone()));
            if let Some(viewer) = viewer.clone() {
                provide_context(viewer);
            }
            if let Some(files) = files.clone() {
                provide_context::<Arc<dyn FilePort>>(files);
            }
            if let Some(address) = address.clone() {
                provide_context(address);
            }
            if let Some(page) = page.clone() {
                provide_context(page);
            }
        }
    };
    let options = leptos_options(state);
    let document = leptos_axum::render_app_async_with_context(context, move || app::shell(options.clone()));
    let mut response = document(request).await;
    // The page is rendered whole before it is sent, so its status is known by now.
    if let Some(failure) = files.as_ref().and_then(|files| files.failure())
        && response.status() == StatusCode::OK
    {
        *response.status_mut() = failure.status;
        if let Some(retry_after) = &failure.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, retry_after.clone());
        }
    }
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // A page shows the names of someone's files; after they have signed out it must not come back out of a cache.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Where the bytes are that the page at this path shows: of a bucket of the visitor's own, or of home.
async fn storage_origins(state: &AppState, visitor: Option<&Principal>, path: &str) -> Vec<String> {
    let storage = &state.config.storage;
    let (Some(who), Some((Drive::Bucket(bucket), _))) = (visitor, routes::folder_at(path)) else {
        return storage.browser_origins();
    };
    match state.buckets.own_region(who, &bucket).await {
        Ok(Some(region)) => storage.browser_origins_of(&bucket, Some(&region)),
        Ok(None) => storage.browser_origins(),
        Err(error) => {
            tracing::warn!(%error, "where a bucket lies could not be read");
            storage.browser_origins()
        }
    }
}

async fn viewer(state: &AppState, principal: &Principal) -> Viewer {
    let found = state.quotas.of(Holder::User(principal.user_id)).await;
    let found = found.unwrap_or_else(|error| {
        // The page is there without it.
        tracing::warn!(%error, "how much storage is used could not be read");
        None
    });
    let teams = state.teams.of(principal.user_id).await;
    let teams = teams.map_or_else(
        |error| {
            tracing::warn!(%error, "the teams could not be read");
            Vec::new()
        },
        |found| found.teams,
    );
    let buckets = state.buckets.own_names(principal).await;
    Viewer {
        storage: found.and_then(|found| limit(found.taken, found.quota)),
        teams: teams.into_iter().filter_map(seen).collect(),
        buckets: buckets.unwrap_or_else(|error| {
            tracing::warn!(%error, "the buckets for the rail could not be read");
            Vec::new()
        }),
        id: principal.user_id,
        username: principal.username.clone(),
        role: principal.role,
        prefix: KeyRoot::home(principal.user_id).as_str().to_owned(),
    }
}

fn seen(team: Team) -> Option<ViewersTeam> {
    Some(ViewersTeam {
        role: team.role?,
        storage: limit(team.quota_used_bytes, team.quota_bytes),
        id: team.id,
        name: team.name,
    })
}

fn limit(used_bytes: u64, quota_bytes: Option<u64>) -> Option<StorageLimit> {
    let quota_bytes = quota_bytes?;
    Some(StorageLimit {
        used_bytes,
        quota_bytes,
    })
}

fn nonce(state: &AppState) -> String {
    let mut bytes = [0; 16];
    state.platform.rng.fill(&mut bytes);
    STANDARD.encode(bytes)
}

fn leptos_options(state: &AppState) -> LeptosOptions {
    let site = &state.config.site;
    LeptosOptions::builder()
        .output_name("forepeak")
        .site_root(site.root.to_string_lossy().as_ref())
        .site_pkg_dir(PKG.trim_start_matches('/'))
        .site_addr(site.addr)
        .reload_port(8001)
        .hash_files(site.hashed_files)
        .build()
}
