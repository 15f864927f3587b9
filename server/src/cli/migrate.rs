//! `forepeak migrate`

use server::config::Config;

use super::{Outcome, accounts, start_log};

pub(super) async fn run(config: Config) -> Outcome {
    start_log(&config)?;
    let db = accounts::open(&config).await?;
    tracing::info!(database = %config.accounts.database, "the schema is up to date");
    db.close().await;
    Ok(())
}
