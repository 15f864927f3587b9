//! Pauses after failures: exponential with full jitter
//! (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).

use super::Millis;

/// A small generator (xorshift64*), seeded from outside: the engine itself has no source of chance.
#[derive(Clone, Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Anything from 0 to `bound`.
    fn up_to(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % (bound + 1)
    }

    /// The pause before the next attempt after `failures` in a row.
    pub(super) fn pause(&mut self, failures: u32, base: Millis, cap: Millis) -> Millis {
        let doubled = base.saturating_mul(1_u64 << failures.saturating_sub(1).min(20));
        self.up_to(doubled.min(cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_cap_and_are_spread() {
        let mut jitter = Jitter::new(7);
        for failures in 1..40 {
            let bound = (500_u64 << (failures - 1).min(20)).min(30_000);
            let pauses: Vec<_> = (0..200).map(|_| jitter.pause(failures, 500, 30_000)).collect();
            assert!(pauses.iter().all(|pause| *pause <= bound));
            assert!(pauses.iter().any(|pause| *pause > bound / 2));
            assert!(pauses.iter().any(|pause| *pause < bound / 2));
        }
    }
}
