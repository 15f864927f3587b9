//! The listening side: connections, preflights, and what every answer carries.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, EXPECT, HeaderValue, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use s3s::Body;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::cors::{self, Rule};
use crate::meta::Meta;
use crate::protocol::{self, Stages};
use crate::unread::Unread;
use crate::{Store, random};

/// How long requests under way may take to finish when the store shuts down.
const DRAIN: Duration = Duration::from_secs(10);

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

    async fn respond(&self, request: Request<Incoming>) -> Result<Response<Body>, s3s::HttpError> {
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

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, s3s::HttpError> {
        // A client that asked whether to send at all has sent nothing yet, and is not made to.
        if request.headers().contains_key(EXPECT) {
            return self.s3.call(request.map(Body::from)).await;
        }
        let read_on = |body| Body::http_body(Unread::new(body));
        self.s3.call(request.map(read_on)).await
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

fn plain(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// What every answer carries, and the request's id, which is part of it. Stored bytes must never run as a page of this origin: browsers may not
/// guess types, and types that can hold scripts are sandboxed.
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

/// Serves until `shutdown` resolves.
pub(crate) async fn serve(
    store: &Store,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let server = Arc::new(Server::new(store));
    let room = Arc::new(Semaphore::new(store.inner.config.max_connections));
    let graceful = GracefulShutdown::new();
    // No client of S3 speaks HTTP/2 without TLS, and while a server waits to learn which it is, no clock runs.
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(store.inner.config.head_timeout);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let permit = tokio::select! {
            permit = room.clone().acquire_owned() => permit.map_err(io::Error::other)?,
            () = &mut shutdown => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of descriptors, or the client has gone: neither ends the server.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let server = server.clone();
        let service = service_fn(move |request| {
            let server = server.clone();
            // Boxed, because the compiler cannot see that the plain future is Send for every lifetime.
            let respond: BoxFuture<'static, Result<Response<Body>, io::Error>> = Box::pin(async move {
                server
                    .respond(request)
                    .await
                    .map_err(|error| io::Error::other(s3s::StdError::from(error)))
            });
            respond
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off at shutdown");
    }
    Ok(())
}
