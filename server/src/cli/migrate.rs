//! `forepeak migrate`

use secrecy::ExposeSecret;
use server::{config::Config, platform::database::Database, telemetry};

use super::Outcome;

pub(super) async fn run(config: Config) -> Outcome {
    telemetry::log::start(&config.log)?;
    let db = Database::connect(config.accounts.database_url.expose_secret()).await?;
    db.migrate().await?;
    tracing::info!("the schema is up to date");
    db.close().await;
    Ok(())
}
