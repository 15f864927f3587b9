//! Waiting for the rate limits of the server.

use gloo_net::http::Headers;

use super::{CallError, number};
use crate::browser;

/// Requests a minute that long listings leave for the reader's next clicks.
const RESERVE: u32 = 25;
/// The longest pause, in seconds.
const LONGEST: u32 = 60;

/// How many requests the server still grants, from its `X-RateLimit` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub remaining: u32,
    /// When it is granted anew, in seconds of the Unix epoch.
    pub reset: i64,
}

impl Allowance {
    pub(super) fn of(headers: &Headers) -> Option<Self> {
        Some(Self {
            remaining: number(headers, "X-RateLimit-Remaining")?,
            reset: number(headers, "X-RateLimit-Reset")?,
        })
    }

    /// Waits until the next minute of the limit once only the reserve is left. `on_wait` runs before the pause.
    pub async fn keep_reserve(self, on_wait: impl FnOnce()) {
        if let Some(seconds) = self.pause(browser::unix_now) {
            on_wait();
            sleep(seconds).await;
        }
    }

    fn pause(self, now: impl FnOnce() -> i64) -> Option<u32> {
        (self.remaining <= RESERVE).then(|| {
            let seconds = (self.reset - now()).clamp(1, LONGEST.into());
            u32::try_from(seconds).unwrap_or(LONGEST)
        })
    }
}

/// Repeats a call while the server answers that there are too many requests, after the pause that it asks for.
/// `on_wait` runs before each pause.
///
/// # Errors
/// Those of the call, save [`CallError::Throttled`].
pub async fn retry_when_throttled<T>(
    call: impl AsyncFn() -> Result<T, CallError>,
    on_wait: impl Fn(),
) -> Result<T, CallError> {
    loop {
        match call().await {
            Err(CallError::Throttled(seconds)) => {
                on_wait();
                sleep(seconds).await;
            }
            outcome => return outcome,
        }
    }
}

async fn sleep(seconds: u32) {
    let milliseconds = i32::try_from(seconds).unwrap_or(i32::MAX).saturating_mul(1000);
    browser::pause(milliseconds).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_kept_for_at_most_a_minute() {
        let pause = |remaining, reset| Allowance { remaining, reset }.pause(|| 100);
        assert_eq!(pause(RESERVE + 1, 130), None);
        assert_eq!(pause(RESERVE, 130), Some(30));
        assert_eq!(pause(0, 90), Some(1));
        assert_eq!(pause(0, 10_000), Some(LONGEST));
    }

    #[test]
    fn a_call_that_is_not_throttled_is_made_once() {
        let calls = std::cell::Cell::new(0);
        let call = async || {
            calls.set(calls.get() + 1);
            Err::<(), _>(CallError::SignedOut)
        };
        let outcome = futures::executor::block_on(retry_when_throttled(call, || ()));
        assert_eq!((outcome, calls.get()), (Err(CallError::SignedOut), 1));
    }
}
