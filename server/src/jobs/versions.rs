//! Deletes versions that are older than `VERSIONS_KEEP_DAYS`, once a day and by one replica.

use std::time::Duration;

use crate::features::files::retention::Retention;

/// How often a replica checks whether a round is due.
const PERIOD: Duration = Duration::from_secs(3600);

/// Runs until it is dropped.
pub async fn expire(retention: Retention) {
    let mut rounds = tokio::time::interval(PERIOD);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        match retention.round_if_due().await {
            Ok(Some(expired)) => {
                tracing::info!(?expired, "removed versions that are older than they are kept");
            }
            Ok(None) => {}
            // Storage or database are down; the next hour does what this one could not.
            Err(error) => tracing::warn!(%error, "old versions could not be removed"),
        }
    }
}
