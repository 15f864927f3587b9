//! Time, passed in, so that tests can hold it still.

use time::OffsetDateTime;

pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one door through which time enters")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
