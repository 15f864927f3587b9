//! What an operator sees: logs and metrics. Neither shows a secret, a name, an address or a file's key.

pub mod budget;
pub mod log;
pub mod metrics;
