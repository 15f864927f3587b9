//! What services work with: the database, time, random bytes, passwords, tokens, storage, mail. The clock and random
//! bytes are read nowhere else.

pub mod clock;
pub mod cursor;
pub mod database;
pub mod descriptors;
pub mod disk;
pub mod error_text;
pub mod mailer;
pub mod object_store;
pub mod password;
pub mod queue;
pub mod rate_limit;
pub mod rng;
pub mod spelling;
pub mod tls_failure;
pub mod tokens;

use std::sync::Arc;

use clock::Clock;
use database::Database;
use rng::Rng;

/// What nearly every service needs. Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
}

impl Platform {
    /// In Unix seconds, as rows have it.
    pub fn now(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    /// In Unix milliseconds, for rows of which many are written in one second.
    pub fn now_ms(&self) -> i64 {
        let ms = self.clock.now().unix_timestamp_nanos() / 1_000_000;
        i64::try_from(ms).unwrap_or(i64::MAX)
    }
}
