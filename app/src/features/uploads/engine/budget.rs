//! How many API calls may be made: a bucket of tokens that refills steadily, so that the browser never starves
//! under the server's own rate limit.

use super::Millis;

#[derive(Clone, Debug)]
pub(super) struct Budget {
    burst: f64,
    per_milli: f64,
    tokens: f64,
    counted_at: Millis,
}

impl Budget {
    pub(super) fn new(burst: f64, per_minute: f64) -> Self {
        Self {
            burst,
            per_milli: per_minute / 60_000.0,
            tokens: burst,
            counted_at: 0,
        }
    }

    /// Takes one call's token, or says when there will be one.
    pub(super) fn take(&mut self, now: Millis) -> Result<(), Millis> {
        self.refill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(now + millis((1.0 - self.tokens) / self.per_milli))
    }

    /// How full the bucket is, 0 to 1. The emptier, the longer a batch is gathered before it is asked for.
    pub(super) fn level(&mut self, now: Millis) -> f64 {
        self.refill(now);
        self.tokens / self.burst
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a pause longer than 2^52 ms fills the bucket all the same"
    )]
    fn refill(&mut self, now: Millis) {
        let passed = now.saturating_sub(self.counted_at) as f64;
        self.tokens = (self.tokens + passed * self.per_milli).min(self.burst);
        self.counted_at = self.counted_at.max(now);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and at most a token's worth of time"
)]
fn millis(fraction: f64) -> Millis {
    fraction.ceil().max(1.0) as Millis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_the_burst_and_the_rate_and_no_more() {
        let mut budget = Budget::new(20.0, 40.0);
        let granted = (0..60_000).filter(|now| budget.take(*now).is_ok()).count();
        assert!((59..=60).contains(&granted), "{granted}");
    }

    #[test]
    fn it_says_when_to_come_back() {
        let mut budget = Budget::new(1.0, 60.0);
        assert_eq!(budget.take(5_000), Ok(()));
        assert_eq!(budget.take(5_000), Err(6_000));
        assert_eq!(budget.take(6_000), Ok(()));
    }
}
