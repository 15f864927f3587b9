//! Structured logs, for people or for collectors.

use std::io::IsTerminal;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    filter::filter_fn,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use crate::config::{Log, LogFormat};

/// Starts logging to standard error. Once per process.
///
/// # Errors
/// When something else in this process is logging already.
pub fn start(config: &Log) -> Result<(), TryInitError> {
    subscriber(config, std::io::stderr, std::io::stderr().is_terminal()).try_init()
}

/// Everything that is logged, written to `writer`.
pub fn subscriber<W>(config: &Log, writer: W, colours: bool) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let registry = tracing_subscriber::registry()
        .with(EnvFilter::new(&config.filter))
        .with(filter_fn(discreet));
    let lines = fmt::layer().with_writer(writer);
    match config.format {
        LogFormat::Text => Box::new(registry.with(lines.with_ansi(colours).with_target(false))),
        LogFormat::Json => Box::new(registry.with(lines.json().flatten_event(true).with_current_span(true))),
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
