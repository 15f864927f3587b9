//! What the program gives its services: the machine's clock and random bytes, limits in memory, keys and mail as they are
//! configured.

use std::sync::Arc;

use server::{
    config::Config,
    platform::{
        Platform, clock::SystemClock, database::Database, mailer, password::Passwords,
        rate_limit::MemoryLimiter, rng::SystemRng,
    },
    state::Dependencies,
};

use super::{Failure, secrets};

pub(super) fn of(config: Config, db: Database) -> Result<Dependencies, Failure> {
    let platform = Platform {
        db,
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemRng),
    };
    Ok(Dependencies {
        keys: secrets::token_keys(&config, platform.rng.as_ref())?,
        passwords: Passwords::new(Arc::clone(&platform.rng))?,
        mailer: mailer::configured(&config.mail, &platform)?,
        limiter: Arc::new(MemoryLimiter::new(Arc::clone(&platform.clock))),
        config: Arc::new(config),
        platform,
    })
}
