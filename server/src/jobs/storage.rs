//! Storage that was away at the start gets its bucket and its CORS rules once it is there.

use std::time::Duration;

use crate::platform::object_store::{Cors, ProbeError, StorageSetup};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Tries again until storage can be used and pages may talk to it. Logs each new obstacle once.
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
                // Storage that is started together with us is up within seconds.
                if said.as_ref() != Some(&error) {
                    warn(&error);
                    said = Some(error);
                }
            }
        }
    }
}

/// Logs the error as the start of the program does.
pub fn warn(error: &ProbeError) {
    tracing::warn!("{}: {error}. {}", error.variable(), error.mend());
}
