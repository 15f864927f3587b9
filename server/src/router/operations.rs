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
use utoipa_axum::routes;

use crate::{
    config::AppEnv,
    http::routes::{LimitClass, Routes},
    platform::object_store::{Cors, Probe, ProbeError},
    state::AppState,
    telemetry::metrics,
};

/// A part that has not answered by then counts as failing.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Free)
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(prometheus))
}

#[derive(Serialize, ToSchema)]
struct Health {
    status: &'static str,
}

/// Whether the program is alive. It asks nothing of the database or storage: a restart would mend neither.
#[utoipa::path(get, path = "/health", tag = "Operations", responses((status = 200, body = Health)))]
async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// What was looked at: `ok`, or in one word what is wrong. With something that keeps requests from being served,
/// `detail` says what to do, and `code` makes it an error like any other.
#[derive(Serialize, ToSchema)]
struct Readiness {
    /// `ok` or `unavailable`
    status: &'static str,
    /// `ok` or `unreachable`
    database: &'static str,
    /// `ok` or `full`
    disk: &'static str,
    /// `ok`, `unreachable` or `refused`
    storage: &'static str,
    /// Whether signed URLs are good: `ok`, `wrong` or `unknown`
    clock: &'static str,
    /// Whether the bucket lets our pages in: `ok`, `not set` or `unknown`. It is tried again until it does; files can be
    /// reached through the API meanwhile, so it keeps nobody away.
    cors: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
}

/// Whether requests can be served.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "Operations",
    responses(
        (status = 200, body = Readiness),
        (status = 503, body = Readiness, description = "Names what fails, and what to do"),
    )
)]
async fn ready(State(state): State<AppState>) -> Response {
    let (database, storage) = tokio::join!(
        tokio::time::timeout(PATIENCE, state.platform.db.ping()),
        tokio::time::timeout(PATIENCE, state.storage_setup.probe()),
    );
    let mut findings = Findings::default();
    let database = match database {
        Ok(Ok(())) => "ok",
        failed => {
            tracing::warn!(?failed, "not ready: the database cannot be reached");
            findings.fail(
                ErrorCode::DatabaseUnavailable,
                "The database cannot be reached. Start it, or correct DATABASE_URL.".to_owned(),
            );
            "unreachable"
        }
    };
    let disk = if state.disk.is_full() {
        findings.fail(
            ErrorCode::StorageFull,
            "The disk is full. Make room; deleting works still.".to_owned(),
        );
        "full"
    } else {
        "ok"
    };
    let silent = || ProbeError::Unreachable("no answer in time".to_owned());
    let storage = storage.unwrap_or_else(|_| Err(silent()));
    let (storage, clock) = judge_storage(&storage, &mut findings);
    let cors = match state.storage_setup.cors() {
        Cors::Allowed => "ok",
        Cors::NotSet(_) => {
            findings.mention(
                "The bucket's CORS rules do not let the pages in, and cannot be set. Let PUBLIC_URL GET, HEAD and PUT with \
                 all headers, and expose ETag."
                    .to_owned(),
            );
            "not set"
        }
        Cors::Unknown => "unknown",
    };
    let failing = findings.code.is_some();
    let body = Readiness {
        status: if failing { "unavailable" } else { "ok" },
        database,
        disk,
        storage,
        clock,
        cors,
        detail: (!findings.details.is_empty()).then(|| findings.details.join(" ")),
        code: findings.code,
    };
    if !failing {
        return Json(body).into_response();
    }
    let retry_after = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
    (StatusCode::SERVICE_UNAVAILABLE, retry_after, Json(body)).into_response()
}

/// The words for storage and for the clock.
fn judge_storage(
    probed: &Result<Probe, ProbeError>,
    findings: &mut Findings,
) -> (&'static str, &'static str) {
    let error = match probed {
        Ok(probe) if !probe.has_wrong_clock() => {
            let clock = if probe.clock_ahead.is_some() {
                "ok"
            } else {
                "unknown"
            };
            return ("ok", clock);
        }
        Ok(_) => &ProbeError::Clock,
        Err(error) => error,
    };
    tracing::warn!("not ready: {error}");
    findings.fail(
        ErrorCode::StorageUnavailable,
        format!("{}. {}", capitalised(error.summary()), error.mend()),
    );
    match (probed, error) {
        (Ok(_), _) => ("ok", "wrong"),
        (Err(_), ProbeError::Clock) => ("refused", "wrong"),
        (Err(_), error) if error.may_pass() => ("unreachable", "unknown"),
        _ => ("refused", "unknown"),
    }
}

#[derive(Default)]
struct Findings {
    details: Vec<String>,
    /// Of the first thing that fails.
    code: Option<ErrorCode>,
}

impl Findings {
    fn fail(&mut self, code: ErrorCode, detail: String) {
        self.code.get_or_insert(code);
        self.details.push(detail);
    }

    fn mention(&mut self, detail: String) {
        self.details.push(detail);
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
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
        return super::not_found().into_response();
    }
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        metrics::render(),
    )
        .into_response()
}
