//! How slow the other end may be, and the clock that measures it.
//!
//! The clock runs only while the server waits for the other end: a server that is busy with something else does not
//! make its client slow, and an event stream with nothing to send waits for nobody.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use thiserror::Error;
use tokio::time::{Instant, Sleep};

/// The slowest that the other end may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The longest time without a single byte.
    pub stall: Duration,
    /// The average is taken over windows of this much waiting, one after the other: a quick start is no credit for a
    /// slow rest.
    pub window: Duration,
    /// The least average within a window.
    pub bytes_per_second: u64,
}

impl Pace {
    /// The pace of request bodies: 100 MB may take an hour and three quarters.
    pub const REQUEST: Self = Self {
        stall: Duration::from_secs(20),
        window: Duration::from_secs(60),
        bytes_per_second: 16 * 1024,
    };

    /// The pace of answers. The bytes leave in bursts, whenever the client's kernel has room, so a client that reads
    /// steadily seems to stall between two bursts.
    pub const RESPONSE: Self = Self {
        stall: Duration::from_secs(60),
        ..Self::REQUEST
    };

    fn is_kept(self, bytes: u64) -> bool {
        bytes >= self.window.as_secs().saturating_mul(self.bytes_per_second)
    }
}

/// In which way the other end was too slow.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TooSlow {
    #[error("nothing moved for too long")]
    Stalled,
    #[error("too little moved for too long")]
    Dripping,
}

/// Measures one direction of one connection, or one body.
#[derive(Debug)]
pub(crate) struct PaceMeter {
    pace: Pace,
    /// In the present window.
    bytes: u64,
    waited: Duration,
    /// Since when we have been waiting, as far as the present window is concerned.
    waiting_since: Option<Instant>,
    /// Since when nothing has moved while we have been waiting.
    stalled_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl PaceMeter {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            bytes: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            stalled_since: None,
            timer: None,
        }
    }

    /// Call this when `bytes` have moved.
    pub(crate) fn moved(&mut self, bytes: usize) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
        self.stalled_since = None;
        self.bytes += bytes as u64;
    }

    /// Call this while the server waits for the other end. Ready once the wait is too long; until then the task is
    /// woken at that moment.
    pub(crate) fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<TooSlow> {
        let now = Instant::now();
        let stalled_since = *self.stalled_since.get_or_insert(now);
        self.waiting_since.get_or_insert(now);
        loop {
            let now = Instant::now();
            if now - stalled_since >= self.pace.stall {
                return Poll::Ready(TooSlow::Stalled);
            }
            let mut since = self.waiting_since.unwrap_or(now);
            if self.waited + (now - since) >= self.pace.window {
                if !self.pace.is_kept(self.bytes) {
                    return Poll::Ready(TooSlow::Dripping);
                }
                self.bytes = 0;
                self.waited = Duration::ZERO;
                self.waiting_since = Some(now);
                since = now;
            }
            let deadline = (stalled_since + self.pace.stall).min(since + (self.pace.window - self.waited));
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            ready!(timer.as_mut().poll(cx));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// The verdict when `bytes` move every `each` and the server does nothing but wait.
    async fn verdict(pace: Pace, each: Duration, bytes: usize, times: u32) -> Option<TooSlow> {
        let mut meter = PaceMeter::new(pace);
        for _ in 0..times {
            let waiting = poll_fn(|cx| meter.poll_too_slow(cx));
            if let Ok(too_slow) = tokio::time::timeout(each, waiting).await {
                return Some(too_slow);
            }
            meter.moved(bytes);
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn security_47_a_line_may_be_slow_and_must_not_stand_still() {
        let seconds = Duration::from_secs;
        // A modem of 256 kbit/s, for an hour.
        assert_eq!(verdict(Pace::REQUEST, seconds(1), 32_000, 3600).await, None);
        assert_eq!(
            verdict(Pace::REQUEST, seconds(21), 1 << 30, 3).await,
            Some(TooSlow::Stalled)
        );
        assert_eq!(verdict(Pace::RESPONSE, seconds(59), 1 << 30, 3).await, None);
        // A byte every nineteen seconds, each of them in time.
        assert_eq!(
            verdict(Pace::REQUEST, seconds(19), 1, 9).await,
            Some(TooSlow::Dripping)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn security_47_a_quick_beginning_is_no_credit_for_a_slow_rest() {
        let mut meter = PaceMeter::new(Pace::REQUEST);
        meter.moved(1 << 40);
        let mut windows = 0;
        loop {
            let waiting = poll_fn(|cx| meter.poll_too_slow(cx));
            match tokio::time::timeout(Duration::from_secs(10), waiting).await {
                Ok(too_slow) => {
                    assert_eq!(too_slow, TooSlow::Dripping);
                    break;
                }
                Err(_) => meter.moved(1),
            }
            windows += 1;
            assert!(windows < 13, "two minutes have passed");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_waits_counts_for_nothing() {
        let mut meter = PaceMeter::new(Pace::REQUEST);
        for _ in 0..100 {
            tokio::time::advance(Duration::from_secs(600)).await;
            let waiting = poll_fn(|cx| meter.poll_too_slow(cx));
            assert!(
                tokio::time::timeout(Duration::from_millis(10), waiting)
                    .await
                    .is_err()
            );
            meter.moved(1);
        }
    }
}
