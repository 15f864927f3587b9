//! The site's listener: its limits, and the answers that it gives without asking a route.

use std::{net::SocketAddr, time::Duration};

use app::contract::{ApiError, ErrorCode};
use axum::{Router, extract::ConnectInfo};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use ipnet::IpNet;
use listener::{ConnectionLimits, Ended, Limits, Pace, Peer, Refusal, RequestBody};
use tokio::net::TcpListener;
use tower::ServiceBuilder;

/// The listener answers this path even when there are too many connections.
pub(crate) const HEALTH_PATH: &str = "/health";

/// The limits of the site. `connections` are all that the system has room for.
#[must_use]
pub fn limits(connections: usize, trusted_proxies: Vec<IpNet>) -> Limits {
    Limits {
        name: "site",
        connections: ConnectionLimits {
            total: connections.min(1024),
            per_network: 256,
            trusted_proxies,
        },
        // Load balancers keep an idle connection for a minute. Ours is longer, so that they close first.
        head_timeout: Duration::from_secs(65),
        request_pace: Some(Pace::REQUEST),
        response_pace: Some(Pace::RESPONSE),
        health_path: Some(HEALTH_PATH),
        drain: Duration::from_secs(30),
        refuse,
    }
}

/// Serves until `shutdown` resolves and what was under way has ended.
pub async fn serve(
    socket: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> Ended {
    let service = ServiceBuilder::new().map_request(with_peer).service(router);
    listener::serve(socket, service, limits, shutdown).await
}

/// Gives axum's `ConnectInfo` extractor the address of the peer.
fn with_peer(mut request: Request<RequestBody>) -> Request<RequestBody> {
    if let Some(&Peer(peer)) = request.extensions().get() {
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
    }
    request
}

/// Answers in the API's error format.
fn refuse(refusal: Refusal) -> Response<Full<Bytes>> {
    let code = match refusal {
        Refusal::NoPath => ErrorCode::ValidationError,
        Refusal::TooManyConnections => ErrorCode::RateLimitExceeded,
    };
    let error = ApiError::new(code, refusal.message());
    let body = serde_json::to_vec(&error).unwrap_or_default();
    let mut response = Response::new(Full::from(body));
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
