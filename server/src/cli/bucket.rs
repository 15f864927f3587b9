//! `forepeak make-bucket`: for a first start at which there are accounts already, and after a loss.

use std::io::Write as _;

use server::{config::Config, platform::object_store::StorageSetup};

use super::{Outcome, shutdown::Shutdown, start_log, storage};

/// The connections that the command itself needs at most.
const CONNECTIONS: usize = 16;

pub(super) async fn run(config: Config) -> Outcome {
    start_log(&config)?;
    let (storage_is_needed, shutdown) = Shutdown::by_hand();
    let storage = storage::start(&config, CONNECTIONS, shutdown).await?;
    let setup = StorageSetup::new(
        storage.store,
        config.storage.bucket.clone(),
        config.origins_for_storage(),
    )
    .keeping_versions_for(config.storage.versions_keep_days);
    setup.make_bucket_where_missing();
    let is_set_up = storage::prepare(&config, &setup).await?;
    drop(storage_is_needed);
    if let Some(serving) = storage.serving {
        serving.await?;
    }
    if is_set_up {
        writeln!(std::io::stdout(), "The bucket {} is there", config.storage.bucket)?;
    }
    Ok(())
}
