//! The listening side: a connection that says nothing is closed, and there are only so many at once, few of them
//! from one place.
//!
//! Only HTTP/1.1 is spoken: browsers speak HTTP/2 over TLS alone, which ends at the proxy, and a server that must
//! first find out which of the two it is has no clock running until it knows.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, extract::ConnectInfo};
use futures::future::BoxFuture;
use http::{Request, Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use ipnet::IpNet;
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;

use crate::platform::rate_limit::network_of;

/// After an error that is not one connection's own, such as no descriptors left.
const BREATH: Duration = Duration::from_millis(50);

/// What a stranger may take up.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For the head of a request, from the first to the last byte and before the first; so also for how long an idle
    /// connection is kept.
    pub head: Duration,
    /// Served at once; further ones wait in the listener's queue.
    pub connections: usize,
    /// Of one network at once; further ones are closed. Enough for an office behind one address.
    pub per_network: usize,
    /// Proxies, which bring everybody's.
    pub trusted: Vec<IpNet>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Longer than the minute for which load balancers keep a connection: they end it, not we.
            head: Duration::from_secs(65),
            connections: 1024,
            per_network: 256,
            trusted: Vec::new(),
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
    let crowd = Arc::new(Crowd::default());
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
        let address = peer.ip().to_canonical();
        let among = if limits.trusted.iter().any(|network| network.contains(&address)) {
            None
        } else {
            let Some(among) = crowd.join(address, limits.per_network) else {
                metrics::counter!("forepeak_connections_refused_total").increment(1);
                continue;
            };
            Some(among)
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
            drop((place, among));
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// How many connections each network has.
#[derive(Default)]
struct Crowd(Mutex<HashMap<IpAddr, usize>>);

impl Crowd {
    /// A place among those of the same network, if there is one.
    fn join(self: &Arc<Self>, address: IpAddr, limit: usize) -> Option<Among> {
        let network = network_of(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Among {
            crowd: Arc::clone(self),
            network,
        })
    }
}

/// Given up when dropped.
struct Among {
    crowd: Arc<Crowd>,
    network: IpAddr,
}

impl Drop for Among {
    fn drop(&mut self) {
        let mut counts = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_35_nobody_is_remembered_who_has_left() {
        let crowd = Arc::new(Crowd::default());
        let join = |address: &str| crowd.join(address.parse().unwrap(), 2);
        let (first, second) = (join("2001:db8::1"), join("2001:db8::2"));
        assert!(first.is_some() && second.is_some());
        assert!(join("2001:db8::3").is_none(), "the same /64");
        assert!(join("2001:db8:0:1::3").is_some());
        drop(first);
        let third = join("2001:db8::3");
        assert!(third.is_some());
        drop((second, third));
        assert!(crowd.0.lock().unwrap().is_empty());
    }
}
