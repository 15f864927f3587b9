//! The one door through which the store learns the time.

use std::fmt::Debug;

use time::OffsetDateTime;

/// Tells the time. Production uses [`SystemClock`]; tests hold it still.
///
/// It stamps objects and decides whether a key has expired. Signatures are judged by `s3s` against
/// the system's own clock, which cannot be replaced.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present moment, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// Milliseconds since 1970, the form in which times are kept.
pub(crate) fn to_millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The inverse of [`to_millis`]; a value outside the calendar becomes 1970.
pub(crate) fn from_millis(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
