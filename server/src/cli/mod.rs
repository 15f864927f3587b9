//! The commands of the program. Each says on standard error what stopped it, and which variable is to blame.

mod accounts;
mod banner;
mod bucket;
mod dependencies;
mod fault;
mod first_admin;
mod migrate;
mod openapi;
mod preflight;
mod secrets;
mod serve;
mod shutdown;
mod storage;
mod user;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};
use server::{
    config::{Config, ConfigError, Vars},
    telemetry,
};

/// A self-hosted file manager and REST API over S3.
#[derive(Parser)]
#[command(name = "forepeak", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Default, Subcommand)]
enum Command {
    /// Serve pages and API (the default).
    #[default]
    Serve,
    /// Bring the database's schema up to date, and stop.
    Migrate,
    /// Make the bucket of S3_BUCKET where it is missing, and stop. A start does so only while there are no accounts.
    MakeBucket,
    /// Print the OpenAPI document, and stop.
    Openapi,
    /// Make and change accounts.
    #[command(subcommand)]
    User(user::Command),
}

/// What stopped a command.
type Failure = Box<dyn Error + Send + Sync>;
type Outcome = Result<(), Failure>;

pub(crate) fn run() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or_default();
    let config = match Vars::from_environment().and_then(|vars| Config::from_vars(&vars)) {
        Ok(config) => config,
        Err(error) => return misconfigured(&error),
    };
    // Threads only now: reading `.env` changes the environment, which nothing else may be reading meanwhile.
    let outcome = match command {
        Command::Openapi => openapi::run(&config),
        Command::Serve => in_runtime(serve::run(config)),
        Command::Migrate => in_runtime(migrate::run(config)),
        Command::MakeBucket => in_runtime(bucket::run(config)),
        Command::User(command) => in_runtime(user::run(config, command)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error.as_ref()),
    }
}

/// Starts logging, and says what the configuration is suspected of.
fn start_log(config: &Config) -> Outcome {
    telemetry::log::start(&config.log)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    Ok(())
}

fn in_runtime(work: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_multi_thread()
        // Rendering a page nests as deep as its elements do, and unoptimised frames are large.
        .thread_stack_size(16 * 1024 * 1024)
        // Files are read and written on these, names looked up, passwords hashed. Half a thousand, the default, are no
        // faster, and each takes memory.
        .max_blocking_threads(128)
        .enable_all()
        .build()?
        .block_on(work)
}

#[expect(
    clippy::print_stderr,
    reason = "there is no log yet, and the operator is looking here"
)]
fn misconfigured(error: &ConfigError) -> ExitCode {
    eprintln!("forepeak: {error} (see .env.example)");
    ExitCode::from(2)
}

#[expect(clippy::print_stderr, reason = "the last words of the program")]
fn failed(error: &(dyn Error + 'static)) -> ExitCode {
    eprint!("forepeak: {error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        eprint!(": {next}");
        cause = next.source();
    }
    eprintln!();
    ExitCode::FAILURE
}
