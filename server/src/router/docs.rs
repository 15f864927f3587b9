//! The documentation of the API, with every script served from here: `/api/docs` (Swagger UI), `/api/redoc`, and
//! the document itself at `/api/openapi.json`.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use bytes::Bytes;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{http::headers::DOCS_POLICY, state::AppState};

/// `assets/redoc/README.md` says where it comes from.
static REDOC: &[u8] = include_bytes!("../../assets/redoc/redoc.standalone.js");

const REDOC_PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Forepeak API</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<style>body { margin: 0 }</style>
</head>
<body>
<redoc spec-url="/api/openapi.json" disable-search></redoc>
<script src="/api/redoc/redoc.standalone.js"></script>
</body>
</html>
"#;

pub(super) fn router(document: OpenApi) -> Router<AppState> {
    let config = Config::default()
        .try_it_out_enabled(true)
        .with_credentials(true)
        .validator_url("none");
    let swagger: Router<AppState> = Router::from(
        SwaggerUi::new("/api/docs")
            .url("/api/openapi.json", document)
            .config(config),
    );
    swagger
        .route("/docs", get(|| async { Redirect::to("/api/docs/") }))
        .route("/api/redoc", get(|| async { Html(REDOC_PAGE) }))
        .route("/api/redoc/redoc.standalone.js", get(redoc))
        .layer(SetResponseHeaderLayer::overriding(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(DOCS_POLICY),
        ))
}

async fn redoc() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, "private, max-age=86400"),
        ],
        Bytes::from_static(REDOC),
    )
}
