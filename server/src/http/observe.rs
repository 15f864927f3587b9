//! A request's id, its span, its line in the log and its place in the metrics.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue, Method};
use tracing::Instrument;

use super::client::ThroughProxy;
use crate::{
    platform::rng::Rng,
    telemetry::{budget::STRANGERS, metrics},
};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// In the extensions of a response: the caller was authenticated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownCaller;

/// Names a request in logs, answers and audit rows.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

pub(crate) async fn observe(State(rng): State<Arc<dyn Rng>>, mut request: Request, next: Next) -> Response {
    let id = RequestId(
        request
            .headers()
            .get(&HEADER)
            .filter(|_| request.extensions().get::<ThroughProxy>().is_some())
            .and_then(accepted)
            .unwrap_or_else(|| rng.uuid().simple().to_string()),
    );
    let method = request.method().clone();
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "page".to_owned(),
    };
    // The path and the query stay out: they hold people's file names.
    let span = tracing::info_span!("request", id = %id.0, %method, route);
    request.extensions_mut().insert(id.clone());

    async move {
        let started = Instant::now();
        let mut response = next.run(request).await;
        let took = started.elapsed();
        if let Ok(value) = HeaderValue::from_str(&id.0) {
            response.headers_mut().insert(HEADER, value);
        }
        metrics::request(known(&method), &route, response.status(), took);
        let (status, ms) = (response.status().as_u16(), took.as_millis());
        if response.extensions().get::<KnownCaller>().is_some() {
            tracing::info!(status, ms, "answered");
        } else {
            tracing::info!(target: STRANGERS, status, ms, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// An id that a trusted proxy gave, if it is one that can go into a log as it is. From anyone else it could name
/// another request.
fn accepted(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    ((1..=128).contains(&text.len()) && plain).then(|| text.to_owned())
}

/// Anyone can make up a method; each would be a time series of its own.
fn known(method: &Method) -> &Method {
    const OTHER: &Method = &Method::TRACE;
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => method,
        _ => OTHER,
    }
}
