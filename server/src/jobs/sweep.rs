//! Deletes what ended long ago: sign-ins, jobs, their journals, selections for archives. Runs at start, then every
//! hour.

use std::time::Duration;

use crate::{
    features::{
        auth::service::Auth,
        files::{changes::Changes, service::Archives},
    },
    platform::queue::Queue,
};

const PERIOD: Duration = Duration::from_secs(3600);

/// Runs until it is dropped.
pub async fn sweep(auth: Auth, queue: Queue, archives: Archives, changes: Changes) {
    let mut rounds = tokio::time::interval(PERIOD);
    loop {
        rounds.tick().await;
        if let Err(error) = auth.sweep().await {
            tracing::warn!(%error, "ended sign-ins could not be swept");
        }
        if let Err(error) = changes.sweep().await {
            tracing::warn!(%error, "journals of ended jobs could not be swept");
        }
        if let Err(error) = queue.sweep().await {
            tracing::warn!(%error, "ended jobs could not be swept");
        }
        if let Err(error) = archives.sweep().await {
            tracing::warn!(%error, "selections for archives could not be swept");
        }
    }
}
