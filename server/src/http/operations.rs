//! For those who keep Forepeak running.

use std::time::Duration;

use app::contract::ErrorCode;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::ExposeSecret;
use serde::Serialize;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{config::AppEnv, state::AppState, telemetry::metrics};

/// A part that has not answered by then counts as failing.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(prometheus))
}

#[derive(Serialize, ToSchema)]
struct Health {
    status: &'static str,
}

/// The listener answers this path even when there are too many connections.
pub(super) const HEALTH: &str = "/health";

/// Whether the program is alive. It asks nothing of the database or storage: a restart would mend neither.
#[utoipa::path(get, path = "/health", tag = "Operations", responses((status = 200, body = Health)))]
async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Which part works. With a failing one, `detail` and `code` make it an error like any other.
#[derive(Serialize, ToSchema)]
struct Readiness {
    status: &'static str,
    database: &'static str,
    disk: &'static str,
    storage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
}

/// Whether requests can be served: the database and the storage answer.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "Operations",
    responses(
        (status = 200, body = Readiness),
        (status = 503, body = Readiness, description = "Names the failing part"),
    )
)]
async fn ready(State(state): State<AppState>) -> Response {
    let bucket = &state.config.storage.bucket;
    let (database, storage) = tokio::join!(
        tokio::time::timeout(PATIENCE, state.db.ping()),
        tokio::time::timeout(PATIENCE, state.store.check(bucket)),
    );
    let database = outcome("database", database);
    let storage = outcome("storage", storage);
    let full = state.disk.is_full();
    let failing: Vec<_> = [("database", database), ("disk", !full), ("storage", storage)]
        .into_iter()
        .filter(|(_, ok)| !ok)
        .map(|(part, _)| part)
        .collect();
    let disk = if full { "full" } else { "ok" };
    let word = |ok| if ok { "ok" } else { "unreachable" };
    if failing.is_empty() {
        let body = Readiness {
            status: "ok",
            database: word(true),
            disk,
            storage: word(true),
            detail: None,
            code: None,
        };
        return Json(body).into_response();
    }
    let body = Readiness {
        status: "unavailable",
        database: word(database),
        disk,
        storage: word(storage),
        detail: Some(format!("Cannot be reached: {}", failing.join(", "))),
        code: Some(ErrorCode::StorageUnavailable),
    };
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn outcome<E: std::error::Error>(
    part: &str,
    result: Result<Result<(), E>, tokio::time::error::Elapsed>,
) -> bool {
    match result {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(part, %error, "not ready");
            false
        }
        Err(_) => {
            tracing::warn!(part, "not ready: no answer in time");
            false
        }
    }
}

/// Prometheus' text format. In production only for `Authorization: Bearer METRICS_TOKEN`, and not there at all
/// while none is configured.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "Operations",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 404, description = "In production, without the token"),
    )
)]
async fn prometheus(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let open = match &state.config.site.metrics_token {
        Some(token) => bool::from(token.expose_secret().as_bytes().ct_eq(given.as_bytes())),
        None => state.config.site.env != AppEnv::Production,
    };
    if !open {
        return super::router::not_found().await.into_response();
    }
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        metrics::render(),
    )
        .into_response()
}
