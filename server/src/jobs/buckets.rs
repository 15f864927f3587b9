//! Finishes with buckets whose making or deletion broke off: at start, then every minute.

use std::time::Duration;

use crate::features::buckets::Buckets;

const PERIOD: Duration = Duration::from_secs(60);

/// Goes on until it is dropped.
pub async fn finish(buckets: Buckets) {
    let mut rounds = tokio::time::interval(PERIOD);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        if let Err(error) = buckets.round().await {
            tracing::warn!(%error, "unfinished buckets could not be finished with");
        }
    }
}
