//! `LOG_FORMAT` and `RUST_LOG`.

use super::{ConfigError, Vars};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For log collectors: one object a line.
    Json,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

impl Log {
    pub(super) fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        let filter = vars.get("RUST_LOG").unwrap_or("info").to_owned();
        if filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
            return Err(ConfigError::new(
                "RUST_LOG",
                "must be filter directives such as info,server=debug",
            ));
        }
        Ok(Self {
            format: vars.one_of(
                "LOG_FORMAT",
                LogFormat::Text,
                &[("text", LogFormat::Text), ("json", LogFormat::Json)],
            )?,
            filter,
        })
    }
}
