//! Connections beyond the limits.
//!
//! Somebody who holds all connections of an address must not make the program look dead to a health check that comes
//! from the same address. Which request a connection brings is known only after its head has been read, so these
//! connections are accepted, for one request with a short time-out. There are few of them, and the oldest gives way to
//! the newest: a health check sends its head at once and is answered within a millisecond, while connections that say
//! nothing cannot keep it out.

use std::collections::VecDeque;

use tokio::task::JoinHandle;

/// The most connections beyond the limits at one time.
const OVERFLOW_CONNECTIONS: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Overflow(VecDeque<JoinHandle<()>>);

impl Overflow {
    /// Keeps the newest connection, and closes the oldest if there are too many.
    pub(crate) fn push(&mut self, connection: JoinHandle<()>) {
        self.0.retain(|connection| !connection.is_finished());
        self.0.push_back(connection);
        if self.0.len() > OVERFLOW_CONNECTIONS
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.abort();
        }
    }
}
