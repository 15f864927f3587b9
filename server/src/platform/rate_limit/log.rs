//! The log of one counter: when what it counts happened, as far back as its longest quota looks.

use std::collections::VecDeque;

use super::{Quota, Verdict};

/// What happens within one such span of the clock is kept as one entry, at the moment of the latest: so a log is no
/// longer than its quota's limit, nor than the seconds that it covers, and errs on the side of refusing.
const GRAIN_MS: i64 = 1000;

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Milliseconds since 1970, of the latest.
    at: i64,
    count: u32,
}

/// Entries from the oldest to the newest.
#[derive(Debug, Default)]
pub(super) struct Log(VecDeque<Entry>);

impl Log {
    /// Counts one at `now`, if every quota has room.
    pub(super) fn take(&mut self, now: i64, quotas: &[Quota]) -> Verdict {
        self.forget_before(now, quotas);
        let refused = quotas
            .iter()
            .filter_map(|quota| self.refusal(now, *quota))
            .max_by_key(|verdict| verdict.reset);
        if let Some(refused) = refused {
            return refused;
        }
        match self.0.back_mut() {
            Some(newest) if newest.at.div_euclid(GRAIN_MS) == now.div_euclid(GRAIN_MS) => {
                newest.at = now;
                newest.count += 1;
            }
            _ => self.0.push_back(Entry { at: now, count: 1 }),
        }
        quotas
            .iter()
            .map(|quota| self.standing(now, *quota))
            .min_by_key(|verdict| verdict.remaining)
            .unwrap_or(Verdict {
                admitted: true,
                limit: u32::MAX,
                remaining: u32::MAX,
                reset: ceil_seconds(now),
                wait: 1,
                at: now,
            })
    }

    /// Frees the place that was taken then. Another one, of a later moment, would be free too early.
    pub(super) fn give_back(&mut self, taken: &Verdict) {
        let second = taken.at.div_euclid(GRAIN_MS);
        let place = self
            .0
            .iter()
            .rposition(|entry| entry.at.div_euclid(GRAIN_MS) == second)
            // The clock was set back meanwhile.
            .or_else(|| self.0.len().checked_sub(1));
        let Some(place) = place else { return };
        self.0[place].count -= 1;
        if self.0[place].count == 0 {
            self.0.remove(place);
        }
    }

    fn forget_before(&mut self, now: i64, quotas: &[Quota]) {
        let longest = quotas.iter().map(|quota| millis(*quota)).max().unwrap_or(0);
        while self.0.front().is_some_and(|oldest| oldest.at + longest <= now) {
            self.0.pop_front();
        }
        // A clock that was set back must not keep anyone out for as long as it was wrong.
        for entry in self.0.iter_mut().rev().take_while(|entry| entry.at > now) {
            entry.at = now;
        }
    }

    fn within(&self, now: i64, quota: Quota) -> impl Iterator<Item = &Entry> {
        let per = millis(quota);
        self.0.iter().filter(move |entry| entry.at + per > now)
    }

    fn count(&self, now: i64, quota: Quota) -> u32 {
        self.within(now, quota).map(|entry| entry.count).sum()
    }

    /// Why the quota has no room, if it has none.
    fn refusal(&self, now: i64, quota: Quota) -> Option<Verdict> {
        let limit = quota.limit.get();
        let mut count = self.count(now, quota);
        if count < limit {
            return None;
        }
        // So many of the oldest must leave until there is room for one.
        let mut frees = now;
        for entry in self.within(now, quota) {
            frees = entry.at + millis(quota);
            count -= entry.count;
            if count < limit {
                break;
            }
        }
        Some(verdict(false, now, limit, 0, frees))
    }

    /// How far the quota is used up.
    fn standing(&self, now: i64, quota: Quota) -> Verdict {
        let limit = quota.limit.get();
        let oldest = self.within(now, quota).next().map_or(now, |entry| entry.at);
        let remaining = limit.saturating_sub(self.count(now, quota));
        verdict(true, now, limit, remaining, oldest + millis(quota))
    }
}

fn verdict(admitted: bool, now: i64, limit: u32, remaining: u32, frees: i64) -> Verdict {
    Verdict {
        admitted,
        limit,
        remaining,
        reset: ceil_seconds(frees),
        wait: u32::try_from(ceil_seconds(frees - now)).unwrap_or(0).max(1),
        at: now,
    }
}

fn ceil_seconds(millis: i64) -> i64 {
    -(-millis).div_euclid(1000)
}

fn millis(quota: Quota) -> i64 {
    i64::try_from(quota.per.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use proptest::prelude::*;

    use super::*;

    fn quota(limit: u32, seconds: u64) -> Quota {
        Quota {
            limit: NonZeroU32::new(limit).unwrap(),
            per: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn the_sixth_is_refused_until_the_first_is_a_minute_old() {
        let (mut log, five) = (Log::default(), [quota(5, 60)]);
        for n in 0..5 {
            let verdict = log.take(1_000 * n, &five);
            assert!(verdict.admitted);
            assert_eq!(
                (verdict.limit, verdict.remaining, verdict.reset),
                (5, 4 - u32::try_from(n).unwrap(), 60)
            );
        }
        let refused = log.take(59_999, &five);
        assert_eq!(
            refused,
            Verdict {
                admitted: false,
                limit: 5,
                remaining: 0,
                reset: 60,
                wait: 1,
                at: 59_999,
            }
        );
        assert!(log.take(60_000, &five).admitted, "the first has left");
        assert!(!log.take(60_000, &five).admitted, "the second has not");
    }

    #[test]
    fn what_is_refused_does_not_count() {
        let (mut log, one) = (Log::default(), [quota(1, 60)]);
        assert!(log.take(0, &one).admitted);
        for n in 1..60 {
            assert_eq!(log.take(n * 1000, &one).wait, 60 - u32::try_from(n).unwrap());
        }
        assert!(log.take(60_000, &one).admitted);
    }

    #[test]
    fn of_several_quotas_all_must_have_room_and_the_nearest_to_its_end_is_told() {
        let (mut log, both) = (Log::default(), [quota(2, 60), quota(3, 3600)]);
        assert_eq!(log.take(0, &both).remaining, 1);
        assert_eq!(log.take(0, &both).remaining, 0);
        assert_eq!(log.take(0, &both).wait, 60);
        assert!(log.take(60_000, &both).admitted);
        let refused = log.take(120_000, &both);
        assert_eq!((refused.admitted, refused.limit, refused.wait), (false, 3, 3480));
        assert!(log.take(3_600_000, &both).admitted);
    }

    #[test]
    fn what_is_given_back_is_free_again() {
        let (mut log, one) = (Log::default(), [quota(1, 60)]);
        let taken = log.take(0, &one);
        assert!(taken.admitted);
        log.give_back(&taken);
        assert!(log.take(0, &one).admitted);
        assert!(!log.take(0, &one).admitted);
        // The minute that it lay in is over.
        assert!(log.take(60_000, &one).admitted);
        log.give_back(&taken);
        log.give_back(&taken);
    }

    #[test]
    fn the_place_that_was_taken_is_given_back_and_no_later_one() {
        let (mut log, two) = (Log::default(), [quota(2, 60)]);
        let first = log.take(0, &two);
        assert!(log.take(30_000, &two).admitted);
        log.give_back(&first);
        assert!(log.take(31_000, &two).admitted);
        assert!(
            !log.take(60_000, &two).admitted,
            "of the two that count, the older is half a minute old"
        );
        assert!(log.take(90_000, &two).admitted);
    }

    #[test]
    fn a_clock_that_was_wrong_locks_nobody_out() {
        let (mut log, one) = (Log::default(), [quota(1, 60)]);
        assert!(log.take(1_000_000_000, &one).admitted);
        assert_eq!(log.take(0, &one).wait, 60);
        assert!(log.take(60_000, &one).admitted);
    }

    #[test]
    fn moments_are_rounded_to_the_safe_side() {
        let (mut log, one) = (Log::default(), [quota(1, 60)]);
        let verdict = log.take(500, &one);
        assert_eq!(verdict.reset, 61, "60.5");
        let refused = log.take(900, &one);
        assert_eq!((refused.reset, refused.wait), (61, 60));
        assert!(log.take(900 + 60_000, &one).admitted);
    }

    proptest! {
        /// Security 32: no span of a minute, wherever it begins, has more than the limit; and whoever waits for as
        /// long as they were told is admitted.
        #[test]
        fn security_32_no_span_has_more_than_the_limit(
            steps in prop::collection::vec(0..20_000_i64, 1..300),
            limit in 1..120_u32,
        ) {
            let (mut log, quotas) = (Log::default(), [quota(limit, 60)]);
            let (mut now, mut admitted) = (1_700_000_000_123_i64, Vec::<i64>::new());
            for step in steps {
                now += step;
                let verdict = log.take(now, &quotas);
                let recent = admitted.iter().filter(|at| **at > now - 60_000).count();
                let recent = u32::try_from(recent).unwrap();
                if verdict.admitted {
                    prop_assert!(recent < limit);
                    prop_assert!(verdict.remaining < limit - recent);
                    admitted.push(now);
                } else {
                    // Entries of one second leave together, with the last of them.
                    let surely = admitted.iter().filter(|at| **at > now - 61_000).count();
                    prop_assert!(u32::try_from(surely).unwrap() >= limit);
                    prop_assert!((1..=60).contains(&verdict.wait));
                    now += i64::from(verdict.wait) * 1000;
                    prop_assert!(log.take(now, &quotas).admitted);
                    admitted.push(now);
                }
                prop_assert!(log.0.len() <= 61.min(limit as usize));
            }
        }
    }
}
