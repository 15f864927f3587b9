//! What one request may do beyond its own place: each further piece of work is counted as another request.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Counter, LimiterError, Quota, RateLimiter, Verdict};

/// The counter that a request was admitted by. Cheap to clone; clones share what was decided last.
#[derive(Clone)]
pub struct Work {
    limiter: Arc<dyn RateLimiter>,
    counter: Counter,
    quota: Quota,
    latest: Arc<Mutex<Option<Verdict>>>,
}

impl Work {
    #[must_use]
    pub fn new(limiter: Arc<dyn RateLimiter>, counter: Counter, quota: Quota) -> Self {
        Self {
            limiter,
            counter,
            quota,
            latest: Arc::default(),
        }
    }

    /// Takes the place of one more request, if there is one.
    ///
    /// # Errors
    /// When the counters cannot be reached.
    pub async fn take(&self) -> Result<Verdict, LimiterError> {
        let verdict = self.limiter.take(&self.counter, &[self.quota]).await?;
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        Ok(verdict)
    }

    /// What the last [`Self::take`] was answered.
    #[must_use]
    pub fn latest(&self) -> Option<Verdict> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
