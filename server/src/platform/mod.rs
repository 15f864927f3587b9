//! What the use cases stand on: time, chance, passwords, tokens, storage. The only place that reads the clock or
//! random bytes.

pub mod clock;
pub mod cursor;
pub mod database;
pub mod descriptors;
pub mod disk;
pub mod error_text;
pub mod mailer;
pub mod object_store;
pub mod password;
pub mod rate_limit;
pub mod rng;
pub mod tokens;
