//! Structured logs, for people or for collectors.

use std::io::IsTerminal;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterFn, filter_fn},
    fmt::{self, MakeWriter},
    layer::{Layered, SubscriberExt},
    util::{SubscriberInitExt, TryInitError},
};

use super::budget::LineBudget;
use crate::config::{Log, LogFormat};

/// What is logged at all, before it becomes lines.
type Told = Layered<FilterFn, Layered<EnvFilter, Registry>>;

/// Writes what is told as lines of one format.
pub type Lines = Box<dyn Layer<Told> + Send + Sync>;

/// Starts logging to standard error. Once per process.
///
/// # Errors
/// When something else in this process is logging already.
pub fn start(config: &Log) -> Result<(), TryInitError> {
    let colours = std::io::stderr().is_terminal();
    let lines = lines(config.format, std::io::stderr, colours);
    subscriber(&config.filter, vec![lines]).try_init()
}

/// Everything that is logged at these levels, written by each of `lines`.
pub fn subscriber(filter: &str, lines: Vec<Lines>) -> impl Subscriber + Send + Sync {
    tracing_subscriber::registry()
        .with(EnvFilter::new(filter))
        .with(filter_fn(discreet as fn(&Metadata<'_>) -> bool))
        .with(lines)
}

pub fn lines<W>(format: LogFormat, writer: W, colours: bool) -> Lines
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer);
    let budget = LineBudget::default();
    match format {
        LogFormat::Text => {
            let lines = lines.with_ansi(colours).with_target(false);
            lines.with_filter(budget).boxed()
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_current_span(true);
            lines.with_filter(budget).boxed()
        }
    }
}

/// Whatever `RUST_LOG` asks for, this is not written.
///
/// - `s3s` says as an error what S3 answers as 4xx, with the whole body if that was no XML, so any stranger could write
///   megabytes; and whole requests when it is debugged. What goes wrong in the store, the store says itself.
/// - `aws_config` warns of each place that has no credentials or region with a dump of the answer. What is missing in
///   the end, the start says itself.
/// - `aws_sigv4` prints whole requests when it is debugged, with signatures that open what they sign.
fn discreet(line: &Metadata<'_>) -> bool {
    match line.target().split("::").next().unwrap_or_default() {
        "s3s" => false,
        "aws_config" => *line.level() <= Level::ERROR,
        "aws_sigv4" => *line.level() <= Level::INFO,
        _ => true,
    }
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
            assert!(!enabled!(target: "s3s::ops", Level::ERROR));
            assert!(!enabled!(target: "aws_config::imds::region", Level::WARN));
            assert!(!enabled!(target: "aws_sigv4::http_request::sign", Level::TRACE));
        });
    }
}
