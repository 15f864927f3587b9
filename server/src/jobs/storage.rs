//! Storage that was away at the start gets its bucket and its CORS rules once it is there.

use std::time::Duration;

use crate::platform::object_store::{Cors, ProbeError, StorageSetup};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Repeats until storage can be used and pages may talk to it. Says each new obstacle once.
pub async fn set_up(setup: StorageSetup) {
    let mut pause = FIRST_PAUSE;
    let mut said = None;
    loop {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        match setup.attempt().await {
            Ok(_) if setup.cors() == Cors::Allowed => {
                tracing::info!("storage is there and set up");
                return;
            }
            Ok(_) => {}
            Err(error) => {
                // Whoever is started beside us is there within seconds.
                if said.as_ref() != Some(&error) {
                    warn(&error);
                    said = Some(error);
                }
            }
        }
    }
}

/// As a start says it.
pub fn warn(error: &ProbeError) {
    tracing::warn!("{}: {error}. {}", error.variable(), error.mend());
}
