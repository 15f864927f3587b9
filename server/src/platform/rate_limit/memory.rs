//! Counters in this process's memory: exact for one replica, and of bounded size whoever calls.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::{Counter, LimiterError, Quota, RateLimiter, Verdict, log::Log};
use crate::platform::clock::Clock;

/// Counters of one kind and generation. Two generations of a hundred bytes or two each: about 20 MB when strangers
/// come from as many networks as they can.
const ROOM: usize = 50_000;

/// A generation is kept for at least this long after it was last written to, so no quota may look back further.
const HORIZON: Duration = Duration::from_secs(3600);

/// Counts in two generations: what is asked for moves to the young one; when that is full, or old enough, the old one
/// is dropped as a whole. Counters that nobody asks for vanish without a search for them, and a flood pushes out only
/// what was quiet for the length of [`ROOM`] others.
pub struct MemoryLimiter {
    clock: Arc<dyn Clock>,
    room: usize,
    kinds: Mutex<HashMap<&'static str, Generations>>,
}

#[derive(Default)]
struct Generations {
    young: HashMap<String, Log>,
    old: HashMap<String, Log>,
    /// When the young one began, in milliseconds since 1970.
    since: i64,
}

impl Generations {
    fn log(&mut self, whose: &str, now: i64, room: usize) -> &mut Log {
        let horizon = i64::try_from(HORIZON.as_millis()).unwrap_or(i64::MAX);
        let is_full = self.young.len() >= room && !self.young.contains_key(whose);
        if is_full || now.saturating_sub(self.since) >= horizon {
            self.old = std::mem::take(&mut self.young);
            self.since = now;
        }
        let old = &mut self.old;
        self.young
            .entry(whose.to_owned())
            .or_insert_with(|| old.remove(whose).unwrap_or_default())
    }

    fn known(&mut self, whose: &str) -> Option<&mut Log> {
        self.young.get_mut(whose).or_else(|| self.old.get_mut(whose))
    }
}

impl MemoryLimiter {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_room(clock, ROOM)
    }

    fn with_room(clock: Arc<dyn Clock>, room: usize) -> Self {
        Self {
            clock,
            room,
            kinds: Mutex::default(),
        }
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<&'static str, Generations>> {
        // Whoever panicked left whole counters behind: nothing here is changed in steps.
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        let now = self.clock.now().unix_timestamp_nanos() / 1_000_000;
        i64::try_from(now).unwrap_or(i64::MAX / 2)
    }
}

#[async_trait]
impl RateLimiter for MemoryLimiter {
    async fn take(&self, counter: &Counter, quotas: &[Quota]) -> Result<Verdict, LimiterError> {
        debug_assert!(
            quotas.iter().all(|quota| quota.per <= HORIZON),
            "forgotten too early"
        );
        let now = self.now();
        let mut kinds = self.kinds();
        let generations = kinds.entry(counter.kind).or_default();
        Ok(generations.log(&counter.whose, now, self.room).take(now, quotas))
    }

    async fn give_back(&self, counter: &Counter, taken: &Verdict) -> Result<(), LimiterError> {
        if let Some(generations) = self.kinds().get_mut(counter.kind)
            && let Some(log) = generations.known(&counter.whose)
        {
            log.give_back(taken);
        }
        Ok(())
    }

    async fn forget(&self, counter: &Counter) -> Result<(), LimiterError> {
        if let Some(generations) = self.kinds().get_mut(counter.kind) {
            generations.young.remove(&counter.whose);
            generations.old.remove(&counter.whose);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        num::NonZeroU32,
        sync::atomic::{AtomicI64, Ordering},
    };

    use time::OffsetDateTime;

    use super::*;

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> OffsetDateTime {
            OffsetDateTime::from_unix_timestamp(self.0.load(Ordering::SeqCst)).unwrap()
        }
    }

    fn five() -> [Quota; 1] {
        [Quota::per_minute(NonZeroU32::new(5).unwrap())]
    }

    #[tokio::test]
    async fn counters_do_not_touch_one_another() {
        let limiter = MemoryLimiter::new(Arc::new(Hand::default()));
        let (ada, bob) = (Counter::new("auth", "ada"), Counter::new("auth", "bob"));
        let mut taken = None;
        for _ in 0..5 {
            taken = Some(limiter.take(&ada, &five()).await.unwrap());
            assert!(taken.unwrap().admitted);
        }
        assert!(!limiter.take(&ada, &five()).await.unwrap().admitted);
        assert!(limiter.take(&bob, &five()).await.unwrap().admitted);
        let elsewhere = Counter::new("files", "ada");
        assert!(limiter.take(&elsewhere, &five()).await.unwrap().admitted);
        limiter.give_back(&ada, &taken.unwrap()).await.unwrap();
        assert!(limiter.take(&ada, &five()).await.unwrap().admitted);
        limiter.forget(&ada).await.unwrap();
        assert_eq!(limiter.take(&ada, &five()).await.unwrap().remaining, 4);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_parallel_takers_no_more_are_admitted_than_there_is_room_for() {
        let limiter = Arc::new(MemoryLimiter::new(Arc::new(Hand::default())));
        let takers: Vec<_> = (0..200)
            .map(|_| {
                let limiter = Arc::clone(&limiter);
                tokio::spawn(async move { limiter.take(&Counter::new("auth", "ada"), &five()).await })
            })
            .collect();
        let mut admitted = 0;
        for taker in takers {
            admitted += u32::from(taker.await.unwrap().unwrap().admitted);
        }
        assert_eq!(admitted, 5);
    }

    #[tokio::test]
    async fn security_32_a_flood_of_addresses_takes_up_no_more_than_two_generations() {
        let clock = Arc::new(Hand::default());
        let limiter = MemoryLimiter::with_room(clock.clone(), 1000);
        let size = || {
            let kinds = limiter.kinds();
            kinds["auth"].young.len() + kinds["auth"].old.len()
        };
        let victim = Counter::new("auth", "victim");
        for _ in 0..5 {
            limiter.take(&victim, &five()).await.unwrap();
        }
        for n in 0..100_000 {
            limiter
                .take(&Counter::new("auth", n.to_string()), &five())
                .await
                .unwrap();
            // Someone who goes on asking is not pushed out, however many others come.
            if n % 900 == 0 {
                assert!(
                    !limiter.take(&victim, &five()).await.unwrap().admitted,
                    "after {n}"
                );
            }
        }
        assert!(size() <= 2000, "{}", size());

        // What nobody asks for any more is gone after two horizons at the latest.
        for _ in 0..2 {
            clock.0.fetch_add(3600, Ordering::SeqCst);
            limiter.take(&victim, &five()).await.unwrap();
        }
        assert_eq!(size(), 1);
    }

    #[tokio::test]
    async fn nothing_is_forgotten_early_when_generations_change() {
        let clock = Arc::new(Hand::default());
        let limiter = MemoryLimiter::new(clock.clone());
        let counter = Counter::new("attempts", "ada");
        let hourly = [Quota {
            limit: NonZeroU32::new(1).unwrap(),
            per: HORIZON,
        }];
        limiter
            .take(&Counter::new("attempts", "bob"), &hourly)
            .await
            .unwrap();
        clock.0.store(3599, Ordering::SeqCst);
        assert!(limiter.take(&counter, &hourly).await.unwrap().admitted);
        for moment in [3600, 5000, 7198] {
            clock.0.store(moment, Ordering::SeqCst);
            assert!(
                !limiter.take(&counter, &hourly).await.unwrap().admitted,
                "{moment}"
            );
        }
        clock.0.store(7199, Ordering::SeqCst);
        assert!(limiter.take(&counter, &hourly).await.unwrap().admitted);
    }
}
