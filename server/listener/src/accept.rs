//! Taking connections from the listener's queue.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// How long nothing is accepted after an error that is not one connection's own, such as no descriptors left. Doubled
/// while it lasts.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(10);
const LONGEST_ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// The next connection. Can be dropped without losing one.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut backoff = ACCEPT_BACKOFF;
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {
                tracing::debug!(%error, "a connection ended before it was accepted");
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted at the moment");
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(LONGEST_ACCEPT_BACKOFF);
            }
        }
    }
}

/// The client has gone; the next connection may be there already.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}
