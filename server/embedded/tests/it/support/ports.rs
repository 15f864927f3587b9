//! Ports for programs that have to be told theirs.

use std::{net::TcpListener, ops::Range};

use rand::Rng as _;

/// Below those that the system gives to connections by itself (32,768 and up on Linux): one of these could be taken
/// between the look at it here and the program's start.
const RANGE: Range<u16> = 10_240..32_768;

/// Ports of 127.0.0.1 that were free a moment ago. All are held until the last is known, so none repeats.
#[expect(clippy::disallowed_methods, reason = "any ports will do")]
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let mut random = rand::rng();
    let held: Vec<_> = std::iter::repeat_with(|| random.random_range(RANGE))
        .filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok())
        .take(N)
        .collect();
    std::array::from_fn(|n| held[n].local_addr().unwrap().port())
}
