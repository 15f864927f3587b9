//! Serves HTTP/1.1 on a listening socket, with every bound that a stranger could otherwise go beyond.
//!
//! - **Connections**: so many in all and of one network; places are kept for trusted proxies. One that finds no place
//!   is not left waiting: it may send one request and is answered with 503, and with the truth if it asks whether the
//!   program is alive ([`overflow`]).
//! - **Heads**: complete within [`Limits::head_timeout`], at most 64 KiB, and unfinished ones at most a few megabytes
//!   together.
//! - **Bodies**: no slower than a [`Pace`], in both directions. An answer is too slow when its client does not take
//!   what there is, never because there is nothing to send: so event streams have no bound.
//! - **Early answers**: what is answered before its body was read closes the connection, and says so ([`body`]).
//!
//! Only HTTP/1.1 is spoken: browsers speak HTTP/2 over TLS alone, which ends at the proxy, and a server that must
//! first find out which of the two it is has no clock running until it knows.

mod accept;
mod body;
mod connection;
mod head;
mod limiter;
mod overflow;
mod pace;
mod socket;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

pub use body::{BodyError, RequestBody, TOO_SLOW};
pub use connection::{Peer, Refusal};
pub use limiter::{ConnectionLimits, network_of};
pub use pace::{Pace, TooSlow};

use connection::{Kind, Shared};
use head::HeadBudget;
use limiter::ConnectionLimiter;
use overflow::Overflow;

/// The bounds on what clients can take up.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Names the listener in metrics and in the log.
    pub name: &'static str,
    pub connections: ConnectionLimits,
    /// The longest that the head of a request may take, from the end of the request before it. So an idle connection is
    /// kept for as long.
    pub head_timeout: Duration,
    /// `None` for no bound.
    pub request_pace: Option<Pace>,
    pub response_pace: Option<Pace>,
    /// The path at which the service says that the program is alive: answered beyond the limits of connections too.
    pub health_path: Option<&'static str>,
    /// How long requests under way may take to finish once the listener is to end.
    pub drain: Duration,
    /// The answers that the listener gives by itself, in the service's own form. The status is set by the listener.
    pub refuse: fn(Refusal) -> Response<Full<Bytes>>,
}

/// How a listener ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything that was under way has been finished.
    Drained,
    /// So many connections were cut off after [`Limits::drain`].
    CutOff(usize),
}

/// Serves until `shutdown` resolves; then takes no more connections, and returns when the present ones have ended, or
/// were cut off. Dropped, it cuts them off at once. What goes wrong with a connection ends that connection.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> Ended
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let limiter = ConnectionLimiter::new(limits.connections.clone());
    let mut overflow = Overflow::default();
    let name = limits.name;
    let drain = limits.drain;
    let shared = Arc::new(Shared {
        service,
        limits,
        heads: HeadBudget::new(),
        finish: CancellationToken::new(),
        cut_off: CancellationToken::new(),
    });
    let _cut_off_when_dropped = shared.cut_off.clone().drop_guard();
    let connections = TaskTracker::new();
    let open = metrics::gauge!("forepeak_connections", "listener" => name);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept::accept(&listener) => accepted,
            () = &mut shutdown => break,
        };
        let shared = Arc::clone(&shared);
        if let Some(permit) = limiter.admit(peer.ip()) {
            let open = open.clone();
            open.increment(1);
            connections.spawn(async move {
                connection::serve(stream, peer, Kind::Regular, shared).await;
                open.decrement(1);
                drop(permit);
            });
        } else {
            metrics::counter!("forepeak_connections_refused_total", "listener" => name).increment(1);
            tracing::warn!(
                listener = name,
                "there are too many connections: some are refused"
            );
            overflow.push(connections.spawn(connection::serve(stream, peer, Kind::Overflow, shared)));
        }
    }
    drop(listener);
    shared.finish.cancel();
    connections.close();
    if tokio::time::timeout(drain, connections.wait()).await.is_ok() {
        return Ended::Drained;
    }
    let left = connections.len();
    shared.cut_off.cancel();
    connections.wait().await;
    Ended::CutOff(left)
}
