//! One connection, from its first head to its end.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt as _};

use crate::Limits;
use crate::body::RequestBody;
use crate::head::{HEAD_BYTES, HeadBudget, HeadMeter};
use crate::socket::Socket;

/// How long a connection beyond the limits may take for its only head.
const OVERFLOW_HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// The other end of the connection. In the extensions of every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// What the listener answers by itself, before the service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400: the request target has no path (`GET x HTTP/1.1`, `CONNECT host:1`, `OPTIONS *`).
    NoPath,
    /// 503: there are too many connections.
    TooManyConnections,
}

impl Refusal {
    pub fn status(self) -> StatusCode {
        match self {
            Self::NoPath => StatusCode::BAD_REQUEST,
            Self::TooManyConnections => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// For people.
    pub fn message(self) -> &'static str {
        match self {
            Self::NoPath => "The request names no path",
            Self::TooManyConnections => "There are too many connections. Try again in a few seconds.",
        }
    }
}

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Regular,
    /// Beyond the limits of connections: one request, answered with 503 unless it asks whether the program is alive.
    Overflow,
}

/// What all connections of a listener have in common.
pub(crate) struct Shared<S> {
    pub(crate) service: S,
    pub(crate) limits: Limits,
    pub(crate) heads: Arc<HeadBudget>,
    /// Finish what is under way, and close.
    pub(crate) finish: CancellationToken,
    /// Close at once.
    pub(crate) cut_off: CancellationToken,
}

/// Serves until the client or we close.
pub(crate) async fn serve<S, B>(stream: TcpStream, peer: SocketAddr, kind: Kind, shared: Arc<Shared<S>>)
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let head = HeadMeter::new(Arc::clone(&shared.heads));
    let socket = Socket::new(stream, Arc::clone(&head), shared.limits.response_pace);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(match kind {
            Kind::Regular => shared.limits.head_timeout,
            Kind::Overflow => shared.limits.head_timeout.min(OVERFLOW_HEAD_TIMEOUT),
        })
        .keep_alive(kind == Kind::Regular)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(HEAD_BYTES);
    let answering = Arc::clone(&shared);
    let service = service_fn(move |request| {
        // Boxed, because the compiler cannot see that the plain future is `Send` for every lifetime.
        let answer: BoxFuture<'static, _> = Box::pin(answer(
            request,
            peer,
            kind,
            Arc::clone(&answering),
            Arc::clone(&head),
        ));
        answer
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service));
    let served = async {
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = shared.finish.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        connection.await
    };
    tokio::select! {
        ended = served => if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended");
        },
        () = shared.cut_off.cancelled() => {}
    }
}

async fn answer<S, B>(
    request: Request<Incoming>,
    peer: SocketAddr,
    kind: Kind,
    shared: Arc<Shared<S>>,
    head: Arc<HeadMeter>,
) -> Result<Response<Either<B, Full<Bytes>>>, S::Error>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: Body<Data = Bytes>,
{
    let (mut parts, body) = request.into_parts();
    let (body, exchange) = RequestBody::new(body, &parts.headers, shared.limits.request_pace, head);
    let is_health = shared.limits.health_path == Some(parts.uri.path());
    let mut response = if !parts.uri.path().starts_with('/') {
        drop(body);
        refuse(&shared.limits, Refusal::NoPath)
    } else if kind == Kind::Overflow && !is_health {
        drop(body);
        refuse(&shared.limits, Refusal::TooManyConnections)
    } else {
        parts.extensions.insert(Peer(peer));
        let request = Request::from_parts(parts, body);
        shared.service.clone().oneshot(request).await?.map(Either::Left)
    };
    exchange.conclude(&mut response).await;
    Ok(response)
}

fn refuse<B>(limits: &Limits, refusal: Refusal) -> Response<Either<B, Full<Bytes>>> {
    let mut response = (limits.refuse)(refusal);
    *response.status_mut() = refusal.status();
    if refusal == Refusal::TooManyConnections {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response.map(Either::Right)
}
