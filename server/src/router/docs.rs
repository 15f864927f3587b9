//! The documentation of the API, with every script served from here: `/api/docs` (Swagger UI), `/api/redoc`, and
//! the document itself at `/api/openapi.json`.

use std::sync::Arc;

use app::contract::{ApiError, ErrorCode};
use axum::{
    Json,
    body::Body,
    extract::Path,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use super::not_found;
use crate::{
    http::{
        headers::DOCS_POLICY,
        problem::Problem,
        routes::{LimitClass, Routes},
    },
    state::AppState,
};

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

pub(super) fn router(document: OpenApi) -> Routes<AppState> {
    let document = Arc::new(document);
    let config = Config::new(["/api/openapi.json"])
        .try_it_out_enabled(true)
        .with_credentials(true)
        .validator_url("none");
    let config = Arc::new(config);
    let page = Arc::clone(&config);
    Routes::under(LimitClass::Free)
        .get("/api/openapi.json", move || async move {
            Json(&*document).into_response()
        })
        .get("/docs", || async { Redirect::to("/api/docs/") })
        .get("/api/docs", || async { Redirect::to("/api/docs/") })
        .get("/api/docs/", move || async move { swagger("index.html", page) })
        .get("/api/docs/{*file}", move |Path(file): Path<String>| async move {
            swagger(&file, config)
        })
        .get("/api/redoc", || async { Html(REDOC_PAGE) })
        .get("/api/redoc/redoc.standalone.js", redoc)
        .route_layer(SetResponseHeaderLayer::overriding(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(DOCS_POLICY),
        ))
}

/// A file of Swagger UI.
fn swagger(name: &str, config: Arc<Config<'static>>) -> Response {
    let file = match utoipa_swagger_ui::serve(name, config) {
        Ok(Some(file)) => file,
        Ok(None) => return not_found().into_response(),
        Err(error) => {
            tracing::error!(%error, "a file of Swagger UI could not be made");
            return Problem::new(ApiError::new(ErrorCode::InternalError, "Something went wrong"))
                .into_response();
        }
    };
    let mut response = Body::from(file.bytes.into_owned()).into_response();
    if let Ok(kind) = HeaderValue::try_from(file.content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    if file.gzpipped {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
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
