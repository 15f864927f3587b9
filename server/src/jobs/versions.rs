//! Removes versions that are older than they are kept: once a day, by one replica.

use std::time::Duration;

use crate::features::files::retention::Retention;

/// How often it is asked whether a day has passed.
const PERIOD: Duration = Duration::from_secs(3600);

/// Goes on until it is dropped.
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
