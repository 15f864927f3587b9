//! `forepeak`: configuration, telemetry, then the command that was asked for.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
