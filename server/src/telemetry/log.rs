//! Structured logs, for people or for collectors.

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter,
    filter::filter_fn,
    fmt,
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use crate::config::{Log, LogFormat};

/// Starts logging to standard error. Once per process.
///
/// # Errors
/// When something else in this process is logging already.
pub fn start(config: &Log) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry()
        .with(EnvFilter::new(&config.filter))
        .with(filter_fn(discreet));
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

/// These crates print whole requests when they are debugged, with signatures that open what they sign. Whatever
/// `RUST_LOG` asks for, what they say below `INFO` is not written down.
fn discreet(line: &Metadata<'_>) -> bool {
    let root = line.target().split("::").next().unwrap_or_default();
    !matches!(root, "s3s" | "aws_sigv4") || *line.level() <= Level::INFO
}

#[cfg(test)]
mod tests {
    use tracing::{enabled, subscriber::with_default};

    use super::*;

    #[test]
    fn security_38_no_request_is_printed_whole_however_much_is_asked_for() {
        let everything = tracing_subscriber::registry()
            .with(EnvFilter::new("trace,s3s=trace"))
            .with(filter_fn(discreet));
        with_default(everything, || {
            assert!(enabled!(target: "server::http", Level::TRACE));
            assert!(enabled!(target: "s3s::ops", Level::INFO));
            assert!(!enabled!(target: "s3s::ops", Level::DEBUG));
            assert!(!enabled!(target: "aws_sigv4::http_request::sign", Level::TRACE));
        });
    }
}
