//! Settles reservations whose time is over, and queues the counts of storage that are due: at start, then every half
//! minute.

use std::time::Duration;

use crate::features::quota::{Counting, Settler};

const PERIOD: Duration = Duration::from_secs(30);

/// Runs until it is dropped.
pub async fn keep(settler: Settler, counting: Counting) {
    let mut rounds = tokio::time::interval(PERIOD);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        match settler.round().await {
            Ok(settled) => tracing::debug!(?settled, "settled reservations of storage"),
            Err(error) => tracing::warn!(%error, "reservations of storage could not be settled"),
        }
        if let Err(error) = counting.queue_due().await {
            tracing::warn!(%error, "counts of storage could not be queued");
        }
    }
}
