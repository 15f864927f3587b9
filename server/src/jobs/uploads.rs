//! Reaps abandoned uploads: at start, then every hour.

use std::time::Duration;

use crate::features::uploads::service::Reaper;

const PERIOD: Duration = Duration::from_secs(3600);

/// Runs until it is dropped.
pub async fn reap(reaper: Reaper) {
    let mut rounds = tokio::time::interval(PERIOD);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        match reaper.round().await {
            Ok(reaped) => tracing::debug!(?reaped, "looked for abandoned uploads"),
            // Storage or database are down; the next round does what this one could not.
            Err(error) => tracing::warn!(%error, "abandoned uploads could not be reaped"),
        }
    }
}
