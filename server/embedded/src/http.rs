//! The listening side: connections, preflights, and what every answer carries.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use listener::{ConnectionLimits, Ended, Limits, Pace, Refusal, RequestBody};
use s3s::Body;
use tokio::net::TcpListener;

use crate::cors::{self, Rule};
use crate::meta::Meta;
use crate::protocol::{self, Stages};
use crate::{Store, random};

struct Server {
    s3: Stages,
    meta: Meta,
    default_rules: Vec<Rule>,
}

impl Server {
    fn new(store: &Store) -> Self {
        Self {
            s3: Stages::new(store),
            meta: store.inner.meta.clone(),
            default_rules: vec![Rule::default_for(&store.inner.config.cors)],
        }
    }

    async fn respond(&self, request: Request<RequestBody>) -> Result<Response<Body>, s3s::HttpError> {
        let method = request.method().clone();
        let origin = request.headers().get(ORIGIN).cloned();
        let rules = match &origin {
            Some(_) => self.rules(request.uri().path()).await,
            None => Vec::new(),
        };
        if method == Method::OPTIONS {
            let mut response = preflight(&rules, request.headers());
            finish(response.headers_mut());
            return Ok(response);
        }
        let mut response = self.answer(request).await?;
        let id = finish(response.headers_mut());
        protocol::complete_document(&mut response, &id);
        if let Some(origin) = origin {
            cors::decorate(&rules, &method, &origin, response.headers_mut());
        }
        Ok(response)
    }

    async fn answer(&self, request: Request<RequestBody>) -> Result<Response<Body>, s3s::HttpError> {
        self.s3.call(request.map(Body::http_body)).await
    }

    /// The rules of the bucket in the path.
    async fn rules(&self, path: &str) -> Vec<Rule> {
        let name = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let own = match self.meta.bucket(name).await {
            Ok(bucket) => bucket.and_then(|bucket| bucket.cors),
            Err(error) => {
                tracing::error!(%error, "CORS rules cannot be read");
                return Vec::new();
            }
        };
        match own.map(|text| serde_json::from_str(&text)) {
            None => self.default_rules.clone(),
            Some(Ok(rules)) => rules,
            Some(Err(error)) => {
                tracing::error!(%error, "CORS rules cannot be understood");
                Vec::new()
            }
        }
    }
}

fn preflight(rules: &[Rule], request: &HeaderMap) -> Response<Body> {
    match cors::preflight(rules, request) {
        Ok(headers) => {
            let mut response = Response::new(Body::empty());
            *response.headers_mut() = headers;
            response
        }
        Err(cors::Refused::Incomplete) => plain(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            "Insufficient information. Origin and Access-Control-Request-Method headers are needed.",
        ),
        Err(cors::Refused::Forbidden) => plain(
            StatusCode::FORBIDDEN,
            "AccessForbidden",
            "CORSResponse: This CORS request is not allowed.",
        ),
    }
}

fn error_document(code: &str, message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
}

fn plain(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(error_document(code, message)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// What every answer carries; its request id is returned, for the document of an error. Stored bytes must never run as
/// a page of this origin: browsers may not guess types, and types that can hold scripts are sandboxed.
fn finish(headers: &mut HeaderMap) -> String {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let active = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let kind = value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            kind.contains("html") || kind.contains("xml") || kind.contains("svg")
        });
    if active {
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"),
        );
    }
    let id = random::bytes::<8>().map_or_else(|_| String::new(), hex::encode_upper);
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("x-amz-request-id", value);
    }
    id
}

/// Serves until `shutdown` resolves and what was under way has ended.
pub(crate) async fn serve(
    store: &Store,
    socket: TcpListener,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> Ended {
    let server = Arc::new(Server::new(store));
    let service = tower::service_fn(move |request| {
        let server = Arc::clone(&server);
        async move {
            let answer = server.respond(request).await;
            answer.map_err(|error| io::Error::other(s3s::StdError::from(error)))
        }
    });
    listener::serve(socket, service, limits, shutdown).await
}

/// The limits of a store that strangers can reach. S3 tools open hundreds of connections, so one network may have half
/// of all places.
pub(crate) fn limits() -> Limits {
    Limits {
        name: "store",
        connections: ConnectionLimits {
            total: 1024,
            per_network: 512,
            trusted_proxies: Vec::new(),
        },
        head_timeout: Duration::from_secs(65),
        request_pace: Some(Pace::REQUEST),
        response_pace: Some(Pace::RESPONSE),
        health_path: None,
        drain: Duration::from_secs(10),
        refuse,
    }
}

/// Answers in S3's error format, so that clients know what to do: they retry after `SlowDown`.
fn refuse(refusal: Refusal) -> Response<Full<Bytes>> {
    let code = match refusal {
        Refusal::NoPath => "InvalidURI",
        Refusal::TooManyConnections => "SlowDown",
    };
    let mut response = Response::new(Full::from(error_document(code, refusal.message())));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    finish(response.headers_mut());
    response
}
