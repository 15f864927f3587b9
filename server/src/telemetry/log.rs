//! Structured logs, for people or for collectors.

use std::io::IsTerminal;

use tracing_subscriber::{
    EnvFilter, fmt,
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use crate::config::{Log, LogFormat};

/// Starts logging to standard error. Once per process.
///
/// # Errors
/// When something else in this process is logging already.
pub fn start(config: &Log) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry().with(EnvFilter::new(&config.filter));
    match config.format {
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_writer(std::io::stderr)
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_target(false),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    }
}
