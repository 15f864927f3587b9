//! The listening side: a connection that says nothing is closed, and there are only so many at once.
//!
//! Only HTTP/1.1 is spoken: browsers speak HTTP/2 over TLS alone, which ends at the proxy, and a server that must
//! first find out which of the two it is has no clock running until it knows.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use futures::future::BoxFuture;
use http::{Request, Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;

/// After an error that is not one connection's own, such as no descriptors left.
const BREATH: Duration = Duration::from_millis(50);

/// What a stranger may take up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the head of a request, from the first to the last byte and before the first; so also for how long an idle
    /// connection is kept.
    pub head: Duration,
    /// Served at once; further ones wait in the listener's queue.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Longer than the minute for which load balancers keep a connection: they end it, not we.
            head: Duration::from_secs(65),
            connections: 1024,
        }
    }
}

/// Serves until `shutdown` resolves; then takes no more connections and returns when those there are have ended.
///
/// # Errors
/// None today: what goes wrong with a connection ends that connection.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&room).acquire_owned() => place.map_err(io::Error::other)?,
            () = &mut shutdown => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), peer, request));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// Boxed, because the compiler cannot see that the plain future is `Send` for every lifetime.
fn answer(
    router: Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> BoxFuture<'static, Result<Response<axum::body::Body>, Infallible>> {
    request.extensions_mut().insert(ConnectInfo(peer));
    Box::pin(router.oneshot(request))
}
