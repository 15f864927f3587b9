//! A clock that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};

use server::platform::clock::Clock;
use time::{Duration, OffsetDateTime};

/// Starts at 2024-01-01T00:00:00Z.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) const START: i64 = 1_704_067_200;

    pub(crate) fn new() -> Self {
        Self(AtomicI64::new(Self::START))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.whole_seconds(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The embedded store's, where a test asks for it.
impl embedded::Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        Clock::now(self)
    }
}
