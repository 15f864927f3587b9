//! What the benchmarks measure alike.

use std::time::Instant;

/// The seconds that the work took, and the MiB at most above what was resident before it.
pub(crate) async fn measured(work: impl Future<Output = ()>) -> (f64, usize) {
    // Begins the highest mark anew (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS:");
    let begun = Instant::now();
    work.await;
    let took = begun.elapsed().as_secs_f64();
    (took, status("VmHWM:").saturating_sub(before) / 1024)
}

/// A line of /proc/self/status, in KiB.
fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
