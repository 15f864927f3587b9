//! How fast bytes leave, over the last few seconds.

use std::collections::VecDeque;

use super::Millis;

/// The span over which the speed is averaged.
const WINDOW: Millis = 8_000;
/// Samples lie at least so far apart.
const SAMPLE: Millis = 250;

#[derive(Clone, Debug, Default)]
pub(super) struct Speed {
    /// Every byte that went over the wire, those sent again included.
    wire: u64,
    samples: VecDeque<(Millis, u64)>,
}

impl Speed {
    pub(super) fn add(&mut self, now: Millis, bytes: u64) {
        if self.samples.is_empty() {
            self.samples.push_back((now, self.wire));
        }
        self.wire += bytes;
        if self.samples.back().is_some_and(|(at, _)| now >= at + SAMPLE) {
            self.samples.push_back((now, self.wire));
        }
        self.forget(now);
    }

    /// Nothing is under way: a later start is not averaged with the pause before it.
    pub(super) fn rest(&mut self) {
        self.samples.clear();
    }

    pub(super) const fn wire_bytes(&self) -> u64 {
        self.wire
    }

    /// Bytes a second; `None` until there is something to judge by.
    #[expect(clippy::cast_precision_loss, reason = "a speed is shown with three digits")]
    pub(super) fn per_second(&self, now: Millis) -> Option<f64> {
        let (since, bytes) = *self.samples.front()?;
        let span = now.saturating_sub(since);
        (span >= 2 * SAMPLE).then(|| (self.wire - bytes) as f64 * 1000.0 / span as f64)
    }

    fn forget(&mut self, now: Millis) {
        while self.samples.len() > 2 && self.samples[0].0 + WINDOW < now {
            self.samples.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_the_window_and_nothing_before_it() {
        let mut speed = Speed::default();
        for tick in 0..400 {
            speed.add(tick * 100, 1_000);
        }
        for tick in 400..600 {
            speed.add(tick * 100, 50);
        }
        let now = speed.per_second(60_000).unwrap();
        assert!((490.0..510.0).contains(&now), "{now}");
        assert_eq!(speed.wire_bytes(), 410_000);
    }

    #[test]
    fn does_not_guess_from_one_sample() {
        let mut speed = Speed::default();
        assert_eq!(speed.per_second(10), None);
        speed.add(10, 99);
        assert_eq!(speed.per_second(10), None);
    }
}
