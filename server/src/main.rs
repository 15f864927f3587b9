//! `forepeak`: configuration, telemetry, then the command that was asked for.

mod cli;

use std::process::ExitCode;

/// Gives memory back to the system within seconds after a load. The C library's allocator keeps it: each password that
/// is hashed takes 19 MiB, and after some hundred of them half a gigabyte stayed resident.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::run()
}
